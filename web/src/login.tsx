import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, get, send } from "./api";
import type { Session } from "./session";
import { Text } from "./text";

/** useForm sends a form once at a time and says why it failed. */
function useForm(path: string, entered: (s: Session) => void) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Problem | null>(null);
  const submit = (body: () => Record<string, string> | string) => async (e: Event) => {
    e.preventDefault();
    const b = body();
    if (typeof b === "string") return setFault(new Problem("", b, 0));
    setBusy(true);
    setFault(null);
    try {
      entered(await send<Session>(path, b));
    } catch (err) {
      setFault(err instanceof Problem ? err : new Problem("The page failed", String(err), 0));
    }
    setBusy(false);
  };
  return { busy, fault, submit };
}

function Frame({ title, children }: { title: string; children: preact.ComponentChildren }) {
  return (
    <main class="door">
      <div class="card">
        <h1><img src="/favicon.svg" alt="" width={28} height={28} /> Watchpost</h1>
        <h2>{title}</h2>
        {children}
      </div>
    </main>
  );
}

/** Elsewhere is where people log in, beside or instead of here. */
type Elsewhere = { provider: string; passwords: boolean };

/** longest place to return to that the server takes. */
const longest = 2000;

/** useElsewhere asks where people log in; undefined until that is known. */
function useElsewhere(): Elsewhere | null | undefined {
  const [elsewhere, setElsewhere] = useState<Elsewhere | null>();
  useEffect(() => {
    get("/session").then(() => setElsewhere(null), (err: Problem) => setElsewhere((err.more["sign_in"] as Elsewhere | undefined) ?? null));
  }, []);
  return elsewhere;
}

/** SignInWith sends the browser to the provider, which sends it back to this place of the page. */
function SignInWith({ provider }: { provider: string }) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Problem | null>(null);
  const go = async () => {
    setBusy(true);
    setFault(null);
    const to = location.search !== "" ? location.search + location.hash : location.hash;
    try {
      location.assign((await send<{ url: string }>("/session/oidc", { to: to.length > longest ? "" : to })).url);
    } catch (err) {
      setFault(err instanceof Problem ? err : new Problem("The page failed", String(err), 0));
      setBusy(false);
    }
  };
  return (
    <div class="elsewhere">
      {fault && <p class="fault" role="alert"><Text value={fault.message} /></p>}
      <button type="button" class="primary" disabled={busy} onClick={go}>{busy ? "Going there…" : <>Sign in with <Text value={provider} /></>}</button>
    </div>
  );
}

/** LogIn asks for name, password and, where the account has one, the code of an authenticator; or leads to where people log in. */
export function LogIn({ entered, used }: { entered: (s: Session) => void; used: boolean }) {
  const elsewhere = useElsewhere();
  if (elsewhere === undefined) return <Frame title="Log in"><p class="note">Asking how to log in…</p></Frame>;
  const form = <>{used && <p class="note">The first user is made already; the link was for that one time. Log in.</p>}<PasswordForm entered={entered} beside={elsewhere !== null} /></>;
  if (elsewhere === null) return <Frame title="Log in">{form}</Frame>;
  return (
    <Frame title="Log in">
      <SignInWith provider={elsewhere.provider} />
      {elsewhere.passwords ? <><p class="or">or with a password of this installation</p>{form}</> : <details><summary>Emergency access</summary>{form}</details>}
    </Frame>
  );
}

function PasswordForm({ entered, beside }: { entered: (s: Session) => void; beside: boolean }) {
  const { busy, fault, submit } = useForm("/session", entered);
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => { if (!beside) first.current?.focus(); }, []);
  return (
    <form onSubmit={submit(() => ({ user: user.trim(), password, ...(totp.trim() === "" ? {} : { totp: totp.replace(/\s/g, "") }) }))}>
      <label>User <input ref={first} name="username" autocomplete="username" autocapitalize="off" spellcheck={false} required value={user} onInput={(e) => setUser(e.currentTarget.value)} /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></label>
      <label>Code <small>if the account uses an authenticator</small> <input name="totp" inputMode="numeric" autocomplete="one-time-code" maxLength={9} value={totp} onInput={(e) => setTotp(e.currentTarget.value)} /></label>
      {fault && <p class="fault" role="alert"><Text value={fault.message} /></p>}
      <button type="submit" class={beside ? "" : "primary"} disabled={busy}>{busy ? "Logging in…" : "Log in"}</button>
    </form>
  );
}

/** What the server asks for, too; it also refuses what is easy to guess. */
const shortest = 8;

/** Setup makes the first user, by the link that the first start printed. */
export function Setup({ token, entered }: { token: string; entered: (s: Session) => void }) {
  const { busy, fault, submit } = useForm("/setup", entered);
  const [user, setUser] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const body = () => {
    if (password.length < shortest) return `The password has ${password.length} characters; at least ${shortest} are needed. A few words do.`;
    return password === again ? { token, user: user.trim(), name: name.trim(), password } : "The two passwords differ.";
  };
  return (
    <Frame title="Make the first user">
      <p class="note">The first user may do everything: add others, make tokens, read the audit. From then on the page asks for a log-in.</p>
      {token === "" && <p class="fault" role="alert">This link holds no token. Open the link that Watchpost printed when it first started.</p>}
      <form onSubmit={submit(body)}>
        <label>User <input ref={first} name="username" autocomplete="username" autocapitalize="off" spellcheck={false} required value={user} onInput={(e) => setUser(e.currentTarget.value)} /></label>
        <label>Name <small>as others see it</small> <input name="name" autocomplete="name" value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
        <label>Password <input name="password" type="password" autocomplete="new-password" required value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></label>
        <label>Password again <input name="again" type="password" autocomplete="new-password" required value={again} onInput={(e) => setAgain(e.currentTarget.value)} /></label>
        {fault && <p class="fault" role="alert"><Text value={fault.message} /></p>}
        <button type="submit" class="primary" disabled={busy || token === ""}>{busy ? "Making…" : "Make user and log in"}</button>
      </form>
    </Frame>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, get, send, signedOut } from "./api";
import { has, learn } from "./features";

/** Session is who uses the page. Where the server knows no users, everybody on this machine may do everything. */
export type Session = { open: boolean; setup?: boolean; user?: string; name?: string; role?: string; tenants?: string[]; all_tenants?: boolean; kind?: string; can?: string[]; /** A provider of identities vouches for the user. */ external?: boolean };

export const everybody: Session = { open: true };

export type SignIn = { state: "asking" | "in" | "out" | "setup" | "failed"; session: Session; token?: string; problem?: Problem; /** The link that led here has made its user. */ used?: boolean };

/** setupToken returns the token of a one-time link: /#/setup?token=… */
export function setupToken(hash: string): string | undefined {
  if (!hash.startsWith("#/setup")) return undefined;
  return new URLSearchParams(hash.slice(hash.indexOf("?") + 1)).get("token") ?? "";
}

/** useSession asks who the user is, and asks again when the server wants a log-in. */
export function useSession(): [SignIn, (s: Session) => void, () => void] {
  const [sign, setSign] = useState<SignIn>({ state: "asking", session: everybody });
  const ask = async () => {
    // What the server can do is not guessed: without its description the page would show too little, and ask for no log-in.
    if (!(await learn())) return setSign({ state: "failed", session: everybody, problem: new Problem("Watchpost does not answer", "Its description could not be read. Is the process running?", 0) });
    if (!has("/session")) return setSign({ state: "in", session: everybody });
    get<Session>("/session").then(
      (session) => {
        const token = setupToken(location.hash);
        setSign(token !== undefined && session.setup ? { state: "setup", session, token } : { state: "in", session });
      },
      (err: Problem) => {
        const token = setupToken(location.hash);
        // Where there are users, a link that makes the first one has had its time.
        const used = token !== undefined && err.more["setup"] === false;
        if (err.status === 401) setSign({ state: token === undefined || used ? "out" : "setup", session: { open: false }, token, used });
        else setSign({ state: "failed", session: everybody, problem: err });
      },
    );
  };
  const user = useRef<string | undefined>("");
  user.current = sign.session.user;
  const known = sign.state === "in" || sign.state === "out";
  // Another window may have logged in as somebody else since: nothing is shown to, or done as, whom this page does not name.
  useEffect(() => {
    if (!known || !has("/session")) return;
    const back = () => void get<Session>("/session").then((now) => now.user !== user.current && location.reload(), () => undefined);
    addEventListener("focus", back);
    return () => removeEventListener("focus", back);
  }, [known]);
  useEffect(() => {
    void ask();
    const out = () => setSign((s) => (s.state === "in" ? { state: "out", session: { open: false } } : s));
    signedOut.addEventListener("out", out);
    const anew = () => void ask();
    addEventListener("hashchange", anew);
    return () => {
      signedOut.removeEventListener("out", out);
      removeEventListener("hashchange", anew);
    };
  }, []);
  const entered = (session: Session) => {
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
    setSign({ state: "in", session });
  };
  return [sign, entered, () => void ask()];
}

/** leave logs out. Where the provider of the log-in ends its session too, the answer has the address to go to. */
export const leave = () => send<{ url?: string } | undefined>("/session", {}, undefined, "DELETE");

import { useEffect, useState } from "preact/hooks";
import { create, get, send } from "./api";
import { Back } from "./back";
import { asProblem, useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { FactTable } from "./facts";
import type { Fact } from "./facts";
import { has } from "./features";
import { href } from "./place";
import { Wait } from "./rail";
import type { Session } from "./session";
import { Confirm, Sheet } from "./sheet";
import { Text, howMany } from "./text";
import { ago, stamp, zoneShort } from "./time";

type User = { user: string; name?: string; role?: string; tenants?: string[] | null; all_tenants?: boolean; disabled?: boolean; totp?: boolean; external?: string };
type Token = { id: string; name?: string; scopes?: string[] | null; tenants?: string[] | null; all_tenants?: boolean; created?: string; by?: string; expires?: string; revoked?: boolean };

const roles: [string, string][] = [["viewer", "searches, reads alerts"], ["analyst", "also works alerts, saves hunts, investigates, exports"], ["engineer", "also rules, content, quarantine, SQL"], ["admin", "also users, tokens, audit"]];

/** AdminView is for those who may manage users, tokens and read the audit. */
export function AdminView() {
  const { place, go, can } = useDesk();
  const tabs: [string, string, boolean][] = [["users", "Users", has("/users") && can("users")], ["tokens", "Tokens", has("/tokens") && can("tokens")], ["audit", "Audit", has("/audit") && can("audit")]];
  const open = tabs.filter(([, , is]) => is);
  const tab = open.find(([t]) => t === place.tab)?.[0] ?? open[0]?.[0];
  return (
    <section class="alerts" aria-label="Administration">
      <div class="tabs" role="group" aria-label="Parts">{open.map(([t, n]) => <a key={t} href={href({ ...place, tab: t })} aria-current={tab === t ? "page" : undefined} onClick={follow(go, { tab: t })}>{n}</a>)}</div>
      {tab === "users" ? <Users /> : tab === "tokens" ? <Tokens /> : tab === "audit" ? <Audit /> : null}
    </section>
  );
}

/** listOf returns the first list of an answer. */
const listOf = <T,>(answer: Record<string, unknown> | undefined) => (Object.values(answer ?? {}).find(Array.isArray) ?? []) as T[];

function Users() {
  const { tell, session } = useDesk();
  const [turn, setTurn] = useState(0);
  const [adding, setAdding] = useState(false);
  const [resetting, setResetting] = useState<User | null>(null);
  const [asked, setAsked] = useState<Change | null>(null);
  const [moving, setMoving] = useState<User | null>(null);
  const { value, problem, busy } = useAnswer(`users ${turn}`, (signal) => get<Record<string, unknown>>("/users", signal), "users");
  const list = listOf<User>(value);
  const change = async (u: User, body: Record<string, unknown>, said: string) => {
    setAsked(null);
    try {
      await send(`/users/${encodeURIComponent(u.user)}`, body, undefined, "PATCH");
      tell(said);
    } catch (err) {
      tell(asProblem(err).message);
    }
    setTurn((t) => t + 1);
  };
  return (
    <>
      <div class="tools"><h2>{howMany(value ? list.length : undefined, "user", "users")}</h2><span class="space" />{has("/users", "post") && list.length > 0 && <button type="button" class="primary" onClick={() => setAdding(true)}>Add a user</button>}</div>
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading…</p>}
      {value && list.length === 0 && <div class="empty"><h3>There are no users</h3><p>Everybody on this machine may do everything. Open the one-time link that Watchpost printed when it started to make the first user.</p></div>}
      {list.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="User list">
          <table>
            <thead><tr><th scope="col">User</th><th scope="col">Role</th><th scope="col">Tenants</th><th scope="col">Authenticator</th><th scope="col">State</th></tr></thead>
            <tbody>
              {list.map((u) => (
                <tr key={u.user}>
                  <td><b><Text value={u.user} limit={80} /></b> <div class="aside"><Text value={u.name ?? ""} limit={100} /></div></td>
                  <td>
                    <select aria-label={`Role of ${reveal(u.user)}`} value={u.role ?? ""} disabled={Boolean(u.external)} onChange={(e) => {
                      const role = e.currentTarget.value;
                      e.currentTarget.value = u.role ?? ""; // what the server has, until it is confirmed
                      setAsked({ user: u, body: { role }, title: `Change the role of ${reveal(u.user)}?`, verb: "Change the role", about: `From ${reveal(u.role ?? "")} to ${role}: ${roles.find(([r]) => r === role)?.[1] ?? ""}.`, said: "The role is changed; their sessions have ended" });
                    }}>
                      {roles.map(([r]) => <option key={r} value={r}>{r}</option>)}
                      {!roles.some(([r]) => r === u.role) && <option value={u.role ?? ""}>{reveal(u.role ?? "")}</option>}
                    </select>
                  </td>
                  <td><span class="mono"><Text value={u.all_tenants ? "all" : (u.tenants ?? []).join(", ")} limit={200} /></span>{!u.external && <> <button type="button" class="quiet" aria-label={`Change… tenants of ${reveal(u.user)}`} onClick={() => setMoving(u)}>Change…</button></>}</td>
                  <td>{u.external ? <>by OpenID Connect</> : u.totp ? <>yes <button type="button" class="quiet" onClick={() => setAsked({ user: u, body: { totp: false }, title: `Take the authenticator of ${reveal(u.user)} away?`, verb: "Take the authenticator away", about: "The password alone is enough from then on.", said: "They log in without it now" })}>Take away…</button></> : <span class="aside">no</span>}</td>
                  <td>
                    {u.disabled ? <span class="fault">disabled</span> : "active"}{" "}
                    <button type="button" class="quiet" onClick={() => (u.disabled ? void change(u, { disabled: false }, "Enabled") : setAsked({ user: u, body: { disabled: true }, title: `Disable ${reveal(u.user)}?`, verb: "Disable", about: "They cannot log in until they are enabled again.", said: "Disabled; their sessions have ended" }))}>{u.disabled ? "Enable" : "Disable…"}</button>
                    {has("/users/{id}/password", "post") && !u.external && <button type="button" class="quiet" onClick={() => setResetting(u)}>New password</button>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {adding && <AddUser onClose={() => setAdding(false)} onDone={() => (setAdding(false), setTurn((t) => t + 1))} />}
      {asked && (
        <Confirm title={asked.title} verb={asked.verb} onDo={() => void change(asked.user, asked.body, asked.said)} onClose={() => setAsked(null)}>
          {asked.about} {endsSessions(asked.user.user === session.user)}
        </Confirm>
      )}
      {moving && <Tenants user={moving} self={moving.user === session.user} onClose={() => setMoving(null)} onDone={() => (setMoving(null), setTurn((t) => t + 1))} />}
      {resetting && <NewPassword user={resetting} onClose={() => setResetting(null)} />}
    </>
  );
}

/** Change is what is asked before it is done to a user. */
type Change = { user: User; body: Record<string, unknown>; title: string; verb: string; about: string; said: string };

const endsSessions = (self: boolean) => (self ? <b>This is you: your sessions end, this one, too.</b> : <>Their sessions end at once.</>);

/** Tenants changes which tenants a user sees. */
function Tenants({ user, self, onClose, onDone }: { user: User; self: boolean; onClose: () => void; onDone: () => void }) {
  const { tell, session } = useDesk();
  const [tenants, setTenants] = useState((user.tenants ?? []).join(", "));
  const [everywhere, setEverywhere] = useState(user.all_tenants ?? false);
  const [fault, setFault] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await send(`/users/${encodeURIComponent(user.user)}`, { all_tenants: false, ...seen(tenants, everywhere) }, undefined, "PATCH");
      tell("The tenants are changed; their sessions have ended");
      onDone();
    } catch (err) {
      setFault(asProblem(err).message);
    }
  };
  return (
    <Sheet title={`Tenants of ${reveal(user.user)}`} onClose={onClose}>
      <form class="fill" onSubmit={(e) => void submit(e)}>
        <label>Tenants <input required={!everywhere} disabled={everywhere} value={tenants} onInput={(e) => setTenants(e.currentTarget.value)} /></label>
        {session.all_tenants !== false && <label class="option"><input type="checkbox" checked={everywhere} onChange={(e) => setEverywhere(e.currentTarget.checked)} /> <span>All tenants</span></label>}
        <p>{endsSessions(self)}</p>
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
        <p class="ends"><button type="button" onClick={onClose}>Leave it</button><button type="submit" class="primary">Change</button></p>
      </form>
    </Sheet>
  );
}

/** usualTenants are those that something new is for: all of one who is bound to some. */
const usualTenants = (s: Session) => (s.all_tenants === false && s.tenants?.length ? s.tenants.join(", ") : "default");

/** seen is what of a request says which tenants are seen. */
const seen = (tenants: string, everywhere: boolean) => (everywhere ? { all_tenants: true } : { tenants: tenants.split(/[\s,]+/).filter((t) => t !== "") });

function AddUser({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [user, setUser] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState("analyst");
  const { session } = useDesk();
  const [tenants, setTenants] = useState(() => usualTenants(session));
  const [everywhere, setEverywhere] = useState(false);
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      await create("/users", { user: user.trim(), name: name.trim(), role, ...seen(tenants, everywhere), password });
      onDone();
    } catch (err) {
      setFault(asProblem(err).message);
    }
  };
  return (
    <Sheet title="Add a user" onClose={onClose}>
      <form class="fill" onSubmit={(e) => void submit(e)}>
        <label>User <input required autocapitalize="off" spellcheck={false} autocomplete="off" value={user} onInput={(e) => setUser(e.currentTarget.value)} /></label>
        <label>Name <input value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
        <label class="whole">Role <select value={role} onChange={(e) => setRole(e.currentTarget.value)}>{roles.map(([r, about]) => <option key={r} value={r}>{r}: {about}</option>)}</select></label>
        <label>Tenants <input required={!everywhere} disabled={everywhere} value={tenants} onInput={(e) => setTenants(e.currentTarget.value)} /></label>
        {session.all_tenants !== false && <label class="option"><input type="checkbox" checked={everywhere} onChange={(e) => setEverywhere(e.currentTarget.checked)} /> <span>All tenants</span></label>}
        <label>Password <input type="password" required autocomplete="new-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></label>
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
        <p class="ends"><button type="submit" class="primary">Add</button></p>
      </form>
    </Sheet>
  );
}

function NewPassword({ user, onClose }: { user: User; onClose: () => void }) {
  const { tell } = useDesk();
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  return (
    <Sheet title={`New password of ${reveal(user.user)}`} onClose={onClose}>
      <form
        class="fill"
        onSubmit={(e) => {
          e.preventDefault();
          send(`/users/${encodeURIComponent(user.user)}/password`, { password }).then(() => (tell("The password is changed; their sessions have ended"), onClose()), (err) => setFault(asProblem(err).message));
        }}
      >
        <label>Password <input type="password" required autocomplete="new-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></label>
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
        <p class="ends"><button type="submit" class="primary">Set</button></p>
      </form>
    </Sheet>
  );
}

/** Secret is shown once: the server keeps no copy that could be shown again. */
function Secret({ title, text, hint, onClose }: { title: string; text: string; hint: string; onClose: () => void }) {
  const { copy } = useDesk();
  return (
    <Sheet title={title} onClose={onClose}>
      <p>This is shown once, now. Copy it to where it is needed.</p>
      <pre class="code"><Text value={text} limit={2000} /></pre>
      <p class="note">{hint}</p>
      <p class="ends"><button type="button" class="primary" onClick={() => copy(text, "the secret")}>Copy</button></p>
    </Sheet>
  );
}

function Tokens() {
  const { tell, zone, session } = useDesk();
  const [turn, setTurn] = useState(0);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState("");
  const { value, problem, busy } = useAnswer(`tokens ${turn}`, (signal) => get<Record<string, unknown>>("/tokens", signal), "tokens");
  const list = listOf<Token>(value);
  const [ending, setEnding] = useState<Token | null>(null);
  const revoke = async (t: Token) => {
    setEnding(null);
    try {
      await send(`/tokens/${encodeURIComponent(t.id)}`, {}, undefined, "DELETE");
      tell("Revoked");
    } catch (err) {
      tell(asProblem(err).message);
    }
    setTurn((n) => n + 1);
  };
  const now = Date.now();
  return (
    <>
      <div class="tools"><h2>{howMany(value ? list.length : undefined, "token", "tokens")}</h2><span class="note">For programs that call the API.</span><span class="space" />{has("/tokens", "post") && <button type="button" class="primary" onClick={() => setAdding(true)}>Make a token</button>}</div>
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading…</p>}
      {value && list.length === 0 && <div class="empty"><h3>There are no tokens</h3><p>A program that calls the API, or <code>watchpost</code> on another machine, states a token: <code>Authorization: Bearer …</code>. It may what you choose, no more than you may, and ends by itself. Agents that send logs have tokens of their own, in the configuration.</p></div>}
      {list.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Token list">
          <table>
            <thead><tr><th scope="col">Token</th><th scope="col">May</th><th scope="col">Tenants</th><th scope="col">Expires <small>{zoneShort(zone)}</small></th><th scope="col">Made by</th><th scope="col"><span class="unseen">Revoke</span></th></tr></thead>
            <tbody>
              {list.map((t) => (
                <tr key={t.id}>
                  <td><b><Text value={t.name ?? t.id} limit={100} /></b> <div class="aside mono"><Text value={t.id} limit={60} /></div></td>
                  <td class="mono"><Text value={(t.scopes ?? []).join(", ")} limit={300} /></td>
                  <td class="mono"><Text value={t.all_tenants ? "all" : (t.tenants ?? []).join(", ")} limit={200} /></td>
                  <td class="mono nowrap">{t.expires ? stamp(Date.parse(t.expires), zone) : <span class="aside">never</span>}</td>
                  <td><Text value={t.by ?? ""} limit={80} /> <span class="aside">{ago(Date.parse(t.created ?? ""), now)}</span></td>
                  <td>{t.revoked ? <span class="aside">revoked</span> : <button type="button" aria-label={`Revoke… ${reveal(t.name ?? t.id)}`} onClick={() => setEnding(t)}>Revoke…</button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {ending && (
        <Confirm title={`Revoke ${reveal(ending.name ?? ending.id).slice(0, 80)}?`} verb="Revoke" onDo={() => void revoke(ending)} onClose={() => setEnding(null)}>
          Programs that send it are refused within a second. It cannot be given back: they need a new one.
        </Confirm>
      )}
      {adding && <AddToken scopes={session.can ?? usualScopes} onClose={() => setAdding(false)} onDone={(s) => (setAdding(false), setSecret(s), setTurn((n) => n + 1))} />}
      {secret !== "" && <Secret title="The new token" text={secret} hint="Programs send it as Authorization: Bearer …; the tool watchpost reads it from WATCHPOST_TOKEN." onClose={() => setSecret("")} />}
    </>
  );
}

const usualScopes = ["search", "alerts.read", "rules.read", "sources.read", "hunts.read", "investigations.read", "alerts.write", "export"];

function AddToken({ scopes, onClose, onDone }: { scopes: string[]; onClose: () => void; onDone: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Set<string>>(new Set(["search", "alerts.read"]));
  const { session } = useDesk();
  const [tenants, setTenants] = useState(() => usualTenants(session));
  const [days, setDays] = useState("90");
  const [fault, setFault] = useState("");
  const submit = async (e: Event) => {
    e.preventDefault();
    try {
      const got = await create<Record<string, string>>("/tokens", {
        name: name.trim(), scopes: [...chosen], tenants: tenants.split(/[\s,]+/).filter((t) => t !== ""), days: Number(days),
      });
      onDone(got["secret"] ?? got["token"] ?? JSON.stringify(got));
    } catch (err) {
      setFault(asProblem(err).message);
    }
  };
  return (
    <Sheet title="Make a token" onClose={onClose}>
      <form class="fill" onSubmit={(e) => void submit(e)}>
        <label>Name <input required maxLength={100} value={name} onInput={(e) => setName(e.currentTarget.value)} placeholder="Grafana of the NOC" /></label>
        <label>Tenants <input required value={tenants} onInput={(e) => setTenants(e.currentTarget.value)} /></label>
        <fieldset class="scopes">
          <legend>May</legend>
          {scopes.map((s) => (
            <label key={s} class="option"><input type="checkbox" checked={chosen.has(s)} onChange={() => setChosen((old) => { const next = new Set(old); if (!next.delete(s)) next.add(s); return next; })} /> <span class="mono">{s}</span></label>
          ))}
        </fieldset>
        <label>Expires <select value={days} onChange={(e) => setDays(e.currentTarget.value)}><option value="7">in 7 days</option><option value="30">in 30 days</option><option value="90">in 90 days</option><option value="365">in a year</option></select></label>
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
        <p class="ends"><button type="submit" class="primary" disabled={chosen.size === 0}>Make</button></p>
      </form>
    </Sheet>
  );
}

type Report = { entries: number; unchained: number; chains: number; from: string; found: number; faults: { id: string; what: string }[] | null; heads: { id: string; time: string; hash: string }[] | null };

/** Verified has the server check whether the log is as it was written, and says what it found. */
function Verified({ onBusy }: { onBusy: (busy: boolean) => void }) {
  const { zone, copy } = useDesk();
  const { value: r, problem, busy, cancel } = useAnswer("verify", (signal) => get<Report>("/audit/verify", signal));
  useEffect(() => onBusy(busy), [busy]);
  if (problem) return <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>;
  if (!r) return <Wait onCancel={cancel}>Checking every entry…</Wait>;
  return (
    <div class="pad">
      <p role={r.found > 0 ? "alert" : "status"} class={r.found > 0 ? "fault" : ""}>
        {r.found > 0 ? `${howMany(r.found, "fault", "faults")} in ` : "As it was written: "}
        {howMany(r.entries, "entry", "entries")} of {howMany(r.chains, "process", "processes")} since {stamp(Date.parse(r.from), zone)} {zoneShort(zone, Date.parse(r.from))}
        {r.unchained > 0 && `, ${r.unchained.toLocaleString("en")} of them of a version without hashes`}.{" "}
        <button type="button" title="The last entry of each process and its hash: kept on another machine, watchpost audit verify -noted holds the log to them" onClick={() => copy((r.heads ?? []).map((h) => `${h.time.replace(/\.\d+/, "")} ${h.id} ${h.hash}\n`).join(""), "the ends of the log")}>Copy the ends</button>
      </p>
      {(r.faults ?? []).slice(0, 100).map((f, i) => <p key={i} class="mono"><Text value={f.id} limit={60} /> <Text value={f.what} limit={300} /></p>)}
    </div>
  );
}

function Audit() {
  const { place, go, session } = useDesk();
  const [checks, setChecks] = useState(0);
  const [checking, setChecking] = useState(false);
  const [user, setUser] = useState(place.owner);
  const [action, setAction] = useState("");
  const [asked, setAsked] = useState({ user: place.owner, action: "" });
  const q = new URLSearchParams({ from: place.since, to: "now", limit: "500", ...(asked.user === "" ? {} : { user: asked.user }), ...(asked.action === "" ? {} : { action: asked.action }) });
  const { value, problem, busy } = useAnswer(String(q), (signal) => get<Record<string, unknown>>(`/audit?${q}`, signal), String(q));
  const list = listOf<Fact>(value).map(({ id: _, ...a }) => ({ ...a, fields: a["fields"] && typeof a["fields"] === "object" ? Object.entries(a["fields"]).filter(([, v]) => v !== "").map(([k, v]) => `${k}: ${typeof v === "string" ? v : JSON.stringify(v)}`).join(" · ") : a["fields"] }));
  return (
    <>
      <form class="tools" onSubmit={(e) => (e.preventDefault(), setAsked({ user: user.trim(), action: action.trim() }))}>
        <h2>{howMany(value ? list.length : undefined, "entry", "entries")}{list.length === 500 && " (the latest)"}</h2>
        <Back value={place.since} onChange={(since) => go({ since })} />
        <input aria-label="User" placeholder="user" value={user} onInput={(e) => setUser(e.currentTarget.value)} />
        <input aria-label="Action" placeholder="action: search, denied" value={action} onInput={(e) => setAction(e.currentTarget.value)} />
        <button type="submit">Show</button>
        <span class="note">Entries are only ever added.</span>
        <span class="space" />
        {has("/audit/verify") && session.all_tenants !== false && <button type="button" disabled={checking} onClick={() => setChecks(checks + 1)}>{checking ? "Verifying…" : "Verify"}</button>}
      </form>
      {checks > 0 && <Verified key={checks} onBusy={setChecking} />}
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading…</p>}
      {value && list.length === 0 && <div class="empty"><h3>Nothing of that kind was done</h3></div>}
      {list.length > 0 && <div class="scroll"><FactTable rows={list} about="Audit" fields={{ address: "source.ip", user: "user" }} most={500} /></div>}
    </>
  );
}

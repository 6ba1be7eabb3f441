import { useState } from "preact/hooks";
import { send } from "./api";
import { asProblem } from "./data";
import { useDesk } from "./desk";
import { forget, unsent } from "./kept";
import { leave } from "./session";
import { Sheet } from "./sheet";
import { Text } from "./text";

type Totp = { secret: string; uri: string; qr?: string[] };

/** Account is one's own: who one is, password, authenticator, leaving. */
export function Account({ onClose }: { onClose: () => void }) {
  const { session, tell } = useDesk();
  const me = encodeURIComponent(session.user ?? "");
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [totp, setTotp] = useState<Totp | null>(null);
  const [code, setCode] = useState("");
  const [proof, setProof] = useState("");
  const [waiting] = useState(() => unsent(session.user ?? "").length);
  const [drop, setDrop] = useState(false);
  const act = async (what: () => Promise<unknown>, said: string) => {
    setFault("");
    try {
      await what();
      if (said !== "") tell(said);
    } catch (err) {
      setFault(asProblem(err).message);
    }
  };
  return (
    <Sheet title={session.name || session.user || "You"} onClose={onClose}>
      <p class="note">{session.user}, {session.role}{session.all_tenants ? ", of all tenants" : session.tenants?.length ? `, of ${session.tenants.join(", ")}` : ""}</p>
      {session.external ? <p>Your password and your second factor are where you signed in, not here.</p> : <>
      <form
        class="fill"
        onSubmit={(e) => {
          e.preventDefault();
          void act(async () => {
            await send(`/users/${me}/password`, { old, password });
            setOld("");
            setPassword("");
          }, "The password is changed; your other sessions have ended");
        }}
      >
        <h3>Password</h3>
        <label>Password now <input type="password" required autocomplete="current-password" value={old} onInput={(e) => setOld(e.currentTarget.value)} /></label>
        <label>New password <input type="password" required autocomplete="new-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} /></label>
        <p class="ends"><button type="submit">Change</button></p>
      </form>
      <h3>Authenticator</h3>
      {totp === null ? (
        <p><button type="button" onClick={() => void act(async () => setTotp(await send<Totp>(`/users/${me}/totp`, {})), "")}>Set one up</button></p>
      ) : (
        <form
          class="fill"
          onSubmit={(e) => {
            e.preventDefault();
            void act(async () => {
              await send(`/users/${me}/totp`, { secret: totp.secret, code: code.replace(/\s/g, ""), password: proof });
              setTotp(null);
            }, "From now on log in with a code");
          }}
        >
          <p>Add this to your authenticator, then prove that it works:</p>
          {totp.qr && (
            <svg class="qr" role="img" aria-label="The secret as a QR code" viewBox={`-4 -4 ${totp.qr.length + 8} ${totp.qr.length + 8}`} shape-rendering="crispEdges">
              <path d={totp.qr.map((row, y) => [...row].map((m, x) => (m === "1" ? `M${x} ${y}h1v1h-1z` : "")).join("")).join("")} />
            </svg>
          )}
          <pre class="code"><Text value={totp.secret.replace(/(.{4})/g, "$1 ").trim()} limit={200} /></pre>
          <label>Code <input inputMode="numeric" required autocomplete="one-time-code" value={code} onInput={(e) => setCode(e.currentTarget.value)} /></label>
          <label>Password <input type="password" required autocomplete="current-password" value={proof} onInput={(e) => setProof(e.currentTarget.value)} /></label>
          <p class="ends"><button type="submit" class="primary">Take into use</button></p>
        </form>
      )}
      </>}
      {fault !== "" && <p class="fault" role="alert"><Text value={fault} limit={600} /></p>}
      {waiting > 0 && <label class="option"><input type="checkbox" checked={drop} onChange={(e) => setDrop(e.currentTarget.checked)} /> <span>Throw away {waiting === 1 ? "a text" : `${waiting} texts`} that you wrote and did not send <small>Otherwise this tab keeps {waiting === 1 ? "it" : "them"} for your next log-in.</small></span></label>}
      <p class="ends"><button type="button" onClick={() => void (drop && forget(session.user ?? ""), leave()).catch(() => undefined).then((at) => location.assign(at?.url ?? "/"))}>Log out</button></p>
    </Sheet>
  );
}

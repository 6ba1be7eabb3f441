import { useState } from "preact/hooks";
import { get, send } from "./api";
import type { Rule } from "./api";
import { asProblem, useAnswer } from "./data";
import { useDesk } from "./desk";
import { has } from "./features";
import { Lazy } from "./lazy";
import { Confirm } from "./sheet";
import { Text } from "./text";
import { ago, stamp, zoneName } from "./time";

/** Excepted is an exception that the API keeps. */
export type Excepted = { id: string; tenant: string; version: number; changed: string; changed_by: string; expired: boolean; in_use: boolean; fault?: string; rule: string; match: string; owner: string; reason: string; expires: string };

/** same reports whether what stands with a rule is what the API keeps: a rule tells of both kinds. */
const same = (a: Rule["exceptions"][number], b: Excepted) => a.match?.trim() === b.match.trim() && a.owner === b.owner && a.reason === b.reason && Date.parse(a.expires ?? "") === Date.parse(b.expires);

/** Exceptions are those of a rule: of files, and of the API with who made them. Whoever may takes the latter away. `turn` changes when there is something new. */
export function Exceptions({ rule: r, turn, onChange }: { rule: Rule; turn: number; onChange: () => void }) {
  const { zone, can, session, tell } = useDesk();
  const [deleting, setDeleting] = useState<Excepted>();
  const [changing, setChanging] = useState<Excepted>();
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const { value, problem } = useAnswer(has("/exceptions") && can("rules.read") ? `${r.id} ${turn}` : null, (signal) => get<{ exceptions: Excepted[] | null }>("/exceptions", signal), r.id);
  // One may be of a tag of the rule, or of all rules.
  const kept = (value?.exceptions ?? []).filter((x) => x.rule.toLowerCase() === r.id.toLowerCase() || r.exceptions.some((y) => same(y, x)));
  const files = r.exceptions.filter((x) => !kept.some((y) => same(x, y)));
  const now = Date.now();
  const remove = async (x: Excepted) => {
    setBusy(true);
    setFault("");
    try {
      await send(`/exceptions/${encodeURIComponent(x.id)}`, {}, undefined, "DELETE");
      tell("The exception is deleted");
      setDeleting(undefined);
    } catch (err) {
      const p = asProblem(err);
      if (p.status === 404) {
        tell("Somebody was faster: it was gone already");
        setDeleting(undefined);
      } else setFault(p.message);
    }
    setBusy(false);
    onChange();
  };
  if (files.length + kept.length === 0 && !problem) return null;
  return (
    <div class="listed" role="region" aria-label="Exceptions">
      <h3>Exceptions <small>{zoneName(zone)}</small></h3>
      {problem && <p class="fault" role="alert">Those that were made here are not up to date: <Text value={problem.message} limit={600} /></p>}
      <ul class="lines-of">
        {kept.map((x) => (
          <li key={x.id} class="kept">
            <span>
              <code><Text value={x.match} limit={1000} /></code> <Text value={x.reason} limit={300} />{" "}
              <span class="aside">
                {x.rule.toLowerCase() !== r.id.toLowerCase() && <>for <Text value={x.rule} limit={80} />, </>}
                {(session.tenants?.length ?? 0) > 1 && <>tenant <Text value={x.tenant} limit={40} />, </>}
                {x.owner !== x.changed_by && <>for <Text value={x.owner} limit={80} />, </>}
                by <Text value={x.changed_by} limit={80} /> <time dateTime={x.changed} title={stamp(Date.parse(x.changed), zone)}>{ago(Date.parse(x.changed), now)}</time>, until {stamp(Date.parse(x.expires), zone)}
              </span>
              {x.expired ? <span class="fault"> expired</span> : !x.in_use && <span class="fault"> not in use{x.fault ? <>: <Text value={x.fault} limit={400} /></> : ""}</span>}
            </span>
            {has("/exceptions/{id}", "put") && has("/exceptions/preview", "post") && can("exceptions.write") && can("rules.test") && <button type="button" class="quiet" onClick={() => setChanging(x)}>Change…<span class="unseen"> the exception</span></button>}
            {has("/exceptions/{id}", "delete") && can("exceptions.write") && <button type="button" class="quiet" onClick={() => (setFault(""), setDeleting(x))}>Delete…<span class="unseen"> the exception</span></button>}
          </li>
        ))}
        {files.map((x, i) => (
          <li key={i}><code><Text value={x.match ?? ""} limit={1000} /></code> <Text value={x.reason ?? ""} limit={300} /> <span class="aside"><Text value={x.owner ?? ""} limit={80} />{x.expires && `, until ${stamp(Date.parse(x.expires), zone)}`}, of a file</span>{x.expired && <span class="fault"> expired</span>}</li>
        ))}
      </ul>
      {changing && <Lazy load={() => import("./except")} part="Except" props={{ rule: r.id, name: r.name, match: changing.match.trim(), tenant: changing.tenant, edit: changing, onSaved: onChange, onClose: () => setChanging(undefined) }} />}
      {deleting && (
        <Confirm title="Delete the exception?" verb="Delete it" busy={busy} onDo={() => void remove(deleting)} onClose={() => setDeleting(undefined)}>
          <p><code><Text value={deleting.match} limit={1000} /></code> <Text value={deleting.reason} limit={300} /></p>
          <p>The rule fires for such events again. What was done stays in the audit log.</p>
          {fault && <p class="fault" role="alert"><Text value={fault} limit={600} /></p>}
        </Confirm>
      )}
    </div>
  );
}

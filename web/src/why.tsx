import type { Row } from "./api";
import { useDesk } from "./desk";
import { idOf } from "./results";
import { Text, plain } from "./text";
import { stamp } from "./time";

export type Verdict = { kind: string; text: string; holds: boolean; decides?: boolean; seen?: { name: string; values: string[] | null }[]; hit?: string; error?: string; parts?: Verdict[] };
export type Why = {
  known: boolean; changed?: boolean; name?: string; description?: string; file?: string; line?: number; window?: string;
  steps: { name?: string; match: string; at_least?: number }[] | null;
  exceptions?: { match?: string; reason?: string; owner?: string; expires?: string; expired?: boolean }[] | null;
  playbook?: string; false_positives?: string[]; references?: string[];
  events: { id: string; "@timestamp": string; verdicts: Verdict[] }[] | null;
  missing?: number;
};

/** spans writes durations as people do: 10m for 10m0s, 1h for 1h0m0s. */
export const spans = (text: string) => text.replace(/\b(\d+h)0m0s\b/g, "$1").replace(/\b((?:\d+h)?\d+m)0s\b/g, "$1");

/** shown are the events whose judgement is shown: of each step the last that holds, then the first ones, at most three or one of each step. */
function shown(why: Why): NonNullable<Why["events"]> {
  const all = why.events ?? [];
  const of = new Set((why.steps ?? []).map((_, i) => all.findLast((e) => e.verdicts[i]?.holds)).filter((e) => e !== undefined));
  for (const e of all) if (of.size < 3) of.add(e);
  return all.filter((e) => of.has(e));
}

/** WhyView shows the rule's conditions, and how they judge the events. */
export function WhyView({ why, rows }: { why: Why; rows: Row[] }) {
  const { zone } = useDesk();
  if (!why.known) return <p class="note">The rule is no longer in use; what it asked for stands in the alert.</p>;
  const messages = new Map(rows.map((r) => [idOf(r), plain(r["message"])]));
  return (
    <div class="why">
      {why.description && <p><Text value={why.description} limit={4000} lines /></p>}
      {why.changed && <p class="fault">The rule has been changed since: below it is judged as it is now.</p>}
      {why.window && <p>It looks for <b><Text value={spans(why.window)} limit={1000} /></b>.</p>}
      {(why.steps ?? []).map((s, i) => (
        <div key={i}>
          {(why.steps?.length ?? 0) > 1 && <h4>Step {i + 1}{s.name && <> “<Text value={s.name} limit={100} />”</>}{(s.at_least ?? 1) > 1 ? `, at least ${s.at_least}` : ""}</h4>}
          <pre class="code"><Text value={s.match.trim()} limit={8000} lines /></pre>
        </div>
      ))}
      {shown(why).map((e) => (
        <details key={e.id}>
          <summary><span class="mono">{stamp(Date.parse(e["@timestamp"]), zone, true)}</span> <Text value={messages.get(e.id) ?? e.id} limit={160} /></summary>
          {e.verdicts.map((v, i) => <Judged key={i} v={v} />)}
        </details>
      ))}
      {(why.missing ?? 0) > 0 && <p class="note">{why.missing === 1 ? "An event that the alert names is" : `${why.missing!.toLocaleString("en")} events that the alert names are`} not stored any more.</p>}
      {why.playbook && <details open><summary>What to do</summary><pre class="prose">{why.playbook.slice(0, 20_000).split("`").map((t, i) => (i % 2 ? <code key={i}><Text value={t} limit={20_000} lines /></code> : <Text key={i} value={t} limit={20_000} lines />))}</pre></details>}
      {(why.false_positives?.length ?? 0) > 0 && <details><summary>Known false positives</summary><ul class="dots">{why.false_positives!.map((f, i) => <li key={i}><Text value={f} limit={1000} /></li>)}</ul></details>}
      {(why.exceptions?.length ?? 0) > 0 && <details><summary>{why.exceptions!.length} {why.exceptions!.length === 1 ? "exception" : "exceptions"}</summary>
        <ul class="dots">{why.exceptions!.map((x, i) => <li key={i}><code><Text value={x.match ?? ""} limit={1000} /></code> <Text value={x.reason ?? ""} limit={300} /> <span class="aside"><Text value={x.owner ?? ""} limit={60} /></span>{x.expired && <span class="fault"> expired</span>}</li>)}</ul></details>}
      {(why.references?.length ?? 0) > 0 && <details><summary>References</summary><ul class="dots">{why.references!.map((r, i) => <li key={i} class="mono"><Text value={r} limit={400} /></li>)}</ul></details>}
    </div>
  );
}

/** Judged is a condition with whether it holds for an event, and what it looked at. */
function Judged({ v }: { v: Verdict }) {
  return (
    <div class="judged">
      <span class={v.holds ? "holds" : "fails"}>{v.holds ? "yes" : "no"}</span>{" "}
      {v.kind === "condition" || !v.parts?.length ? <code><Text value={v.text} limit={1000} /></code> : <span class="aside">{{ all: "all of", any: "one of", not: "not" }[v.kind] ?? ""}</span>}
      {v.seen?.map((s) => <span key={s.name} class="aside"> <Text value={s.name} limit={80} /> {s.values?.length ? <>is <b class="mono"><Text value={s.values.join(", ")} limit={300} /></b></> : "is missing"}</span>)}
      {v.hit && <span class="aside">, by <b class="mono"><Text value={v.hit} limit={200} /></b></span>}
      {v.error && <span class="fault"> <Text value={v.error} limit={300} /></span>}
      {v.parts && v.parts.length > 0 && <div class="parts-of">{v.parts.map((p, i) => <Judged key={i} v={p} />)}</div>}
    </div>
  );
}

import { useMemo, useState } from "preact/hooks";
import { get, rules } from "./api";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { reveal } from "./expr";
import { RuleLink } from "./rail";
import { save } from "./save";
import { Text, howMany } from "./text";

type Technique = { techniqueID: string; tactic?: string; score?: number; comment?: string; enabled?: boolean; metadata?: { name?: string; value?: string }[] };
const nameOf = (t?: Technique) => t?.metadata?.find((m) => m.name === "name")?.value ?? "";
type Layer = { name?: string; techniques?: Technique[] } & Record<string, unknown>;

/** Coverage shows which techniques the rules in use look for. */
export function Coverage() {
  const [text, setText] = useState("");
  const { value, problem, busy } = useAnswer("coverage", (signal) => get<Layer>("/coverage", signal));
  // The layer is the Navigator's: it has the names of rules, not their ids.
  const { can } = useDesk();
  const known = useAnswer(can("rules.read") ? "coverage rules" : null, rules);
  const idOf = useMemo(() => new Map((known.value ?? []).map((r) => [r.name, r.id])), [known.value]);
  const groups = useMemo(() => {
    const want = text.toLowerCase();
    const out = new Map<string, Technique[]>();
    for (const t of value?.techniques ?? []) {
      if (want !== "" && !`${t.techniqueID} ${nameOf(t)} ${t.comment ?? ""}`.toLowerCase().includes(want)) continue;
      const parent = t.techniqueID.split(".")[0]!;
      out.set(parent, [...(out.get(parent) ?? []), t]);
    }
    return [...out].sort(([a], [b]) => (a < b ? -1 : 1));
  }, [value, text]);
  const techniques = new Set((value?.techniques ?? []).map((t) => t.techniqueID)).size;
  return (
    <>
      <div class="tools">
        <h2>{howMany(value ? techniques : undefined, "technique", "techniques")} looked for</h2>
        <input type="search" aria-label="Technique or rule" placeholder="technique or rule" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <span class="note">Sub-techniques stand under their technique; the Navigator shows them by tactic.</span>
        <span class="space" />
        <button type="button" disabled={!value} onClick={() => value && save("watchpost-coverage.json", "application/json", JSON.stringify(value, null, 2))}>Download as Navigator layer</button>
      </div>
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading the rules…</p>}
      {value && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Techniques">
          <div class="matrix">
            {groups.map(([parent, list]) => (
              <section key={parent} aria-label={reveal(parent)}>
                <h3><Text value={parent} limit={20} /> <small><Text value={nameOf(list[0]).split(": ")[0]!} limit={120} /></small></h3>
                <ul>
                  {list.sort((a, b) => (a.techniqueID < b.techniqueID ? -1 : 1)).map((t, i) => (
                    <li key={i} data-score={Math.min(5, Math.max(1, t.score ?? 1))}>
                      {t.techniqueID !== parent && <b><Text value={`${t.techniqueID.slice(parent.length)} ${nameOf(t).split(": ").slice(1).join(": ")}`} limit={120} /></b>}
                      <span class="aside">{(t.score ?? 1).toLocaleString("en")} {t.score === 1 ? "rule" : "rules"}</span>
                      <ul class="small">{(t.comment ?? "").split("\n").slice(0, 6).map((c, k) => <li key={k}>{idOf.has(c) ? <RuleLink id={idOf.get(c)!} name={c} /> : <Text value={c} limit={120} />}</li>)}</ul>
                    </li>
                  ))}
                </ul>
              </section>
            ))}
          </div>
        </div>
      )}
    </>
  );
}

import { useMemo, useState } from "preact/hooks";
import { get } from "./api";
import { useAnswer } from "./data";
import { save } from "./save";
import { Text } from "./text";

type Technique = { techniqueID: string; tactic?: string; score?: number; comment?: string; enabled?: boolean; metadata?: { name?: string; value?: string }[] };
type Layer = { name?: string; techniques?: Technique[] } & Record<string, unknown>;

const tactics: [string, string][] = [
  ["reconnaissance", "Reconnaissance"], ["resource-development", "Resource development"], ["initial-access", "Initial access"], ["execution", "Execution"],
  ["persistence", "Persistence"], ["privilege-escalation", "Privilege escalation"], ["defense-evasion", "Defence evasion"], ["credential-access", "Credential access"],
  ["discovery", "Discovery"], ["lateral-movement", "Lateral movement"], ["collection", "Collection"], ["command-and-control", "Command and control"],
  ["exfiltration", "Exfiltration"], ["impact", "Impact"],
];

/** Coverage shows which techniques the rules in use look for, by tactic. */
export function Coverage() {
  const [text, setText] = useState("");
  const { value, problem, busy } = useAnswer("coverage", (signal) => get<Layer>("/coverage", signal));
  const columns = useMemo(() => {
    const want = text.toLowerCase();
    const all = (value?.techniques ?? []).filter((t) => want === "" || `${t.techniqueID} ${t.comment ?? ""}`.toLowerCase().includes(want));
    const known = new Set(tactics.map(([id]) => id));
    const other = all.filter((t) => !known.has((t.tactic ?? "").replace(/_/g, "-")));
    const out = tactics.map(([id, name]) => ({ name, list: all.filter((t) => (t.tactic ?? "").replace(/_/g, "-") === id) }));
    return other.length > 0 ? [...out, { name: "No tactic named", list: other }] : out;
  }, [value, text]);
  const techniques = new Set((value?.techniques ?? []).map((t) => t.techniqueID)).size;
  return (
    <>
      <div class="tools">
        <h2>{techniques} {techniques === 1 ? "technique" : "techniques"} looked for</h2>
        <input type="search" aria-label="Technique or rule" placeholder="technique or rule" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <span class="space" />
        <button type="button" disabled={!value} onClick={() => value && save("watchpost-coverage.json", "application/json", JSON.stringify(value, null, 2))}>Download as Navigator layer</button>
      </div>
      {problem && <p class="fault pad" role="alert">{problem.message}</p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading the rules…</p>}
      {value && (
        <div class="scroll matrix" tabIndex={0} role="region" aria-label="Techniques by tactic">
          {columns.map((c) => (
            <section key={c.name} aria-label={c.name}>
              <h3>{c.name} <small>{c.list.length === 0 ? "none" : c.list.length}</small></h3>
              <ul>
                {c.list.sort((a, b) => (a.techniqueID < b.techniqueID ? -1 : 1)).map((t) => (
                  <li key={t.techniqueID} data-score={Math.min(5, Math.max(1, t.score ?? 1))}>
                    <b>{<Text value={t.techniqueID} limit={20} />}</b>
                    <span class="aside">{(t.score ?? 1).toLocaleString("en")} {t.score === 1 ? "rule" : "rules"}</span>
                    <div class="small"><Text value={t.comment ?? ""} limit={160} /></div>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      )}
    </>
  );
}

import { useEffect, useState } from "preact/hooks";
import * as api from "./api";
import type { Rule } from "./api";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { Text } from "./text";
import { ago, stamp, zoneName } from "./time";
import type { Zone } from "./time";

/** stateOf says what a rule is, and whether somebody should look at it. */
export function stateOf(r: Rule): { name: string; bad: boolean } {
  if (!r.enabled) return { name: "disabled", bad: false };
  if (r.work?.off) return { name: "switched off", bad: true };
  if (r.work && r.work.errors > 0) return { name: "errors", bad: true };
  return { name: r.mode === "shadow" ? "trial" : "live", bad: false };
}

const kinds: [string, (r: Rule) => boolean][] = [
  ["all rules", () => true],
  ["rules in need of attention", (r) => stateOf(r).bad || r.exceptions.some((x) => x.expired)],
  ["rules on trial", (r) => r.enabled && r.mode === "shadow"],
  ["disabled rules", (r) => !r.enabled],
  ["rules without alerts", (r) => r.alerts === 0],
];

/** sorted puts what needs attention first, then what fired last, then the rest by name. */
function sorted(list: Rule[]): Rule[] {
  const fired = (r: Rule) => (r.last_alert ? Date.parse(r.last_alert) : 0);
  return list.slice().sort((a, b) => Number(stateOf(b).bad) - Number(stateOf(a).bad) || fired(b) - fired(a) || (a.name < b.name ? -1 : 1));
}

const every = 10_000;

/** RulesView shows the rules in use, and what each did. */
export function RulesView() {
  const { zone } = useDesk();
  const [turn, setTurn] = useState(0);
  const [kind, setKind] = useState(0);
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTurn((t) => t + 1), every);
    return () => clearInterval(timer);
  }, []);
  const { value, problem } = useAnswer("rules" + turn, api.rules);
  const want = text.toLowerCase();
  const list = sorted((value ?? []).filter((r) => kinds[kind]![1](r) && [r.name, r.id, r.file ?? ""].some((s) => s.toLowerCase().includes(want))));
  const bad = (value ?? []).filter((r) => stateOf(r).bad).length;
  const works = (value ?? []).some((r) => r.work);
  const now = Date.now();
  return (
    <section class="alerts" aria-label="Rules">
      <div class="tools">
        <h2>{list.length.toLocaleString("en")} {list.length === 1 ? "rule" : "rules"}</h2>
        <label>
          of{" "}
          <select aria-label="Which rules" value={kind} onChange={(e) => setKind(e.currentTarget.selectedIndex)}>
            {kinds.map(([name], i) => <option key={i} value={i}>{name}</option>)}
          </select>
        </label>
        <input aria-label="Name of a rule" placeholder="name, id or file" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        {bad > 0 && <span class="fault">{bad.toLocaleString("en")} switched off or with errors</span>}
        <span class="note">Alerts are those of 30 days; matches and cost since the process began. Refreshed every 10 s.</span>
      </div>
      {problem && <p class="fault" role="alert">The rules are not up to date: {problem.message}</p>}
      {value && !works && <p class="note">No detector runs in this process: matches, cost and errors are in the metrics of the detectors.</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Rule list">
        <table class="rules">
          <thead>
            <tr>
              <th scope="col">State</th><th scope="col">Rule</th><th scope="col">Level</th><th scope="col">Window</th>
              <th scope="col">Last alert <small>{zoneName(zone)}</small></th><th scope="col" class="number">Alerts</th>
              <th scope="col" class="number">Matches</th><th scope="col" class="number">Cost</th><th scope="col" class="number">Errors</th><th scope="col">Exceptions</th>
            </tr>
          </thead>
          <tbody>{list.map((r) => <Line key={r.id} rule={r} zone={zone} now={now} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

const number = (n: number | undefined) => (n === undefined ? "" : n.toLocaleString("en"));

function Line({ rule: r, zone, now }: { rule: Rule; zone: Zone; now: number }) {
  const state = stateOf(r);
  const expired = r.exceptions.filter((x) => x.expired).length;
  const last = r.last_alert ? Date.parse(r.last_alert) : NaN;
  return (
    <tr>
      <td class={state.bad ? "fault" : state.name === "live" ? "" : "aside"}>{state.name}</td>
      <td>
        <Text value={r.name} limit={200} /> <small class="mono" title="Version of the rule">{r.hash.slice(0, 8)}</small>
        <div class="aside mono"><Text value={r.file || r.id} limit={200} /></div>
        {r.work?.off && <div class="fault"><Text value={r.work.off} limit={400} /></div>}
      </td>
      <td>{r.level}</td>
      <td>{r.window ?? ""}</td>
      <td class="mono">{Number.isNaN(last) ? <span class="aside">none</span> : <>{stamp(last, zone)} <span class="aside">{ago(last, now)}</span></>}</td>
      <td class="number">{number(r.alerts)}</td>
      <td class="number">{number(r.work?.matches)}</td>
      <td class="number" title="Mean of an evaluation of the whole rule, and how many there were; none where the index decides alone">
        {r.work && r.work.evaluations > 0 && <>{r.work.microseconds.toFixed(1)} µs × {number(r.work.evaluations)}</>}
      </td>
      <td class={"number" + (r.work?.errors ? " fault" : "")}>{number(r.work?.errors)}</td>
      <td>{r.exceptions.length > 0 && number(r.exceptions.length)}{expired > 0 && <span class="fault"> {expired} expired</span>}</td>
    </tr>
  );
}

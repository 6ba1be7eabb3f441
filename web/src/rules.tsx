import { useEffect, useMemo, useState } from "preact/hooks";
import { get } from "./api";
import * as api from "./api";
import type { Rule } from "./api";
import { useAnswer } from "./data";
import { Backtest } from "./backtest";
import { Exceptions } from "./excepted";
import { reveal } from "./expr";
import { follow, useDesk } from "./desk";
import { has } from "./features";
import { Lazy } from "./lazy";
import { at, href } from "./place";
import type { Keys } from "./alerts";
import { Level } from "./rail";
import { useWalkedTable } from "./tall";
import { WhyView } from "./why";
import type { Why } from "./why";
import type { Tall } from "./tall";
import { Text, howMany, named } from "./text";
import { ago, stamp, zoneName, zoneShort } from "./time";
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
const idOf = (r: Rule) => r.id;

/** RulesView shows the rules in use, and the indicators that some of them look for. */
export function RulesView({ keys }: { keys: Keys }) {
  const { place, go, can } = useDesk();
  const tabs: [string, string][] = [["", "Rules"], ...(has("/iocs") && can("rules.read") ? [["indicators", "Indicators"] as [string, string]] : [])];
  const tab = tabs.find(([t]) => t === place.tab)?.[0] ?? "";
  if (tab === "" && place.id !== "") return <Rules keys={keys} />;
  return (
    <section class="alerts" aria-label={tab === "" ? "Rules" : "Indicators"}>
      {tabs.length > 1 && <div class="tabs" role="group" aria-label="Rules as">{tabs.map(([t, n]) => <a key={t} href={href({ ...place, tab: t, id: "" })} aria-current={tab === t ? "page" : undefined} onClick={follow(go, { tab: t, id: "" })}>{n}</a>)}</div>}
      {tab === "indicators" ? <Lazy load={() => import("./indicators")} part="Indicators" props={{}} /> : <Rules keys={keys} />}
    </section>
  );
}

/** Rules shows what each rule in use did, or one of them. */
function Rules({ keys }: { keys: Keys }) {
  const { zone, place, go } = useDesk();
  const [turn, setTurn] = useState(0);
  const [kind, setKind] = useState(0);
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTurn((t) => t + 1), every);
    return () => clearInterval(timer);
  }, []);
  const { value, problem } = useAnswer("rules" + turn, api.rules, "rules");
  const want = text.toLowerCase();
  const list = useMemo(() => sorted((value ?? []).filter((r) => kinds[kind]![1](r) && [r.name, r.id, r.file ?? ""].some((s) => s.toLowerCase().includes(want)))), [value, kind, want]);
  const bad = (value ?? []).filter((r) => stateOf(r).bad).length;
  const works = (value ?? []).some((r) => r.work);
  const now = Date.now();
  const one = place.id === "" ? undefined : value?.find((r) => r.id === place.id);
  const { at, move, step, tall } = useWalkedTable("rules", kind + want, list, idOf, (r) => !one && go({ id: r.id }));
  keys.current = one ? { Escape: () => go({ id: "" }) } : { j: () => step(1), k: () => step(-1) };
  if (one) return <One key={one.id} rule={one} turn={turn} onChange={() => setTurn((t) => t + 1)} />;
  if (place.id !== "") {
    return value || problem ? (
      <section class="empty wide" aria-label="Rule">
        <h2>This rule cannot be shown</h2>
        <p class="fault" role="alert">{problem ? <Text value={problem.message} limit={1000} /> : <>No rule of the id <Text value={place.id} limit={100} /> is in use.</>}</p>
        <p class="choices"><a href={href({ ...place, id: "" })} onClick={follow(go, { id: "" })}>All rules</a></p>
      </section>
    ) : <p class="note pad" aria-busy="true">Reading the rule…</p>;
  }
  return (
    <>
      <div class="tools">
        <h2>{howMany(value ? list.length : undefined, "rule", "rules")}</h2>
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
      {!value && !problem && <p class="note pad" aria-busy="true">Reading the rules…</p>}
      {problem && <p class="fault pad" role="alert">The rules are not up to date: <Text value={problem.message} limit={1000} /></p>}
      {value && !works && <p class="note pad">No detector runs in this process: matches, cost and errors are in the metrics of the detectors.</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Rule list" ref={tall.scroller}>
        <table class="rules tall" aria-rowcount={list.length + 1}>
          <thead>
            <tr>
              <th scope="col" class="w-count">State</th><th scope="col" class="w-level">Level</th><th scope="col">Rule</th><th scope="col" class="w-count">Window</th>
              <th scope="col" class="w-time">Last alert <small>{zoneShort(zone)}</small></th><th scope="col" class="number w-count">Alerts</th>
              <th scope="col" class="number w-count">Matches</th><th scope="col" class="number w-cost">Cost</th><th scope="col" class="number w-count">Errors</th><th scope="col" class="w-level">Exceptions</th>
            </tr>
          </thead>
          <tbody>{tall.rows((r, n, row) => <Line key={r.id} rule={r} zone={zone} now={now} tall={row} current={n === at} onPress={() => move(n)} />)}</tbody>
        </table>
      </div>
    </>
  );
}

const number = (n: number | undefined) => (n === undefined ? "" : n.toLocaleString("en"));

function Line({ rule: r, zone, now, tall, current, onPress }: { rule: Rule; zone: Zone; now: number; tall: Tall; current: boolean; onPress: () => void }) {
  const { place, go } = useDesk();
  const state = stateOf(r);
  const expired = r.exceptions.filter((x) => x.expired).length;
  const last = r.last_alert ? Date.parse(r.last_alert) : NaN;
  return (
    <tr {...tall} class={current ? "current" : ""} aria-selected={current} onClick={onPress}>
      <td class={"lead" + (state.bad ? " fault" : state.name === "live" ? "" : " aside")}>{state.name}</td>
      <td class="lead"><Level level={r.level} /></td>
      <td class="whole">
        <a href={href({ ...place, id: r.id })} onClick={follow(go, { id: r.id })}><Text value={r.name} limit={200} /></a> <small class="mono" title="Version of the rule"><Text value={r.hash.slice(0, 8)} /></small>
        <div class="aside mono"><Text value={r.file || r.id} limit={200} /></div>
        {r.work?.off && <div class="fault"><Text value={r.work.off} limit={400} /></div>}
      </td>
      <td>{r.window && <Text value={r.window} limit={60} />}</td>
      <td class="mono" data-of="Last alert">{Number.isNaN(last) ? <span class="aside">none</span> : <>{stamp(last, zone)} <div class="aside">{ago(last, now)}</div></>}</td>
      <td class="number" data-of="Alerts">{number(r.alerts)}</td>
      <td class="number spare">{number(r.work?.matches)}</td>
      <td class="number spare" title="Mean of an evaluation of the whole rule, and how many there were; none where the index decides alone">
        {r.work && r.work.evaluations > 0 && <>{r.work.microseconds.toFixed(1)} µs × {number(r.work.evaluations)}</>}
      </td>
      <td class={"number" + (r.work?.errors ? " fault" : " spare")} data-of="Errors">{number(r.work?.errors)}</td>
      <td data-of={r.exceptions.length > 0 ? "Exceptions" : undefined}>{r.exceptions.length > 0 && number(r.exceptions.length)}{expired > 0 && <span class="fault"> {expired} expired</span>}</td>
    </tr>
  );
}

/** One is a rule: how it is, what it did, what it would have done. */
function One({ rule: r, turn, onChange }: { rule: Rule; turn: number; onChange: () => void }) {
  const { place, go, zone, can, tell } = useDesk();
  const [excepting, setExcepting] = useState(false);
  const state = stateOf(r);
  const alerts = at({ view: "alerts", since: "-30d", status: "all", mode: "all", rule: r.id });
  const hunt = async () => {
    try {
      const h = await get<{ query?: string; expr?: string }>(`/rules/${encodeURIComponent(r.id)}/hunt`);
      go({ ...at({ query: h.query ?? h.expr ?? "", from: "-24h" }) });
    } catch (err) {
      tell(err instanceof Error ? err.message : String(err));
    }
  };
  useEffect(() => {
    document.title = `${reveal(r.name.slice(0, 80))} · Rules · Watchpost`;
  }, [r.name]);
  return (
    <section class="page" aria-label="Rule">
      <div class="top-line">
        <a href={href({ ...place, id: "" })} onClick={follow(go, { id: "" })}>← Rules</a>
        <Level level={r.level} />
        <h2><Text value={r.name} limit={300} /></h2>
        <span class={state.bad ? "fault" : "aside"}>{state.name}</span>
        <span class="space" />
        {has("/rules/{id}/hunt") && <button type="button" onClick={() => void hunt()}>Hunt by its condition</button>}
        {has("/exceptions/preview", "post") && can("rules.test") && <button type="button" onClick={() => setExcepting(true)}>Preview an exception…</button>}
        <a class="button" href={href(alerts)} onClick={follow(go, alerts)}>Alerts</a>
      </div>
      <div class="stack">
        {r.work?.off && <p class="fault" role="alert">Switched off: <Text value={r.work.off} limit={400} /></p>}
        {!r.enabled && <p>It looks at nothing: its file says <code>enabled: false</code>.</p>}
        <dl class="facts">
          <div><dt>Id</dt><dd class="mono"><Text value={r.id} limit={100} /></dd></div>
          <div><dt>File</dt><dd class="mono"><Text value={r.file ?? ""} limit={200} /></dd></div>
          <div><dt>Version</dt><dd class="mono"><Text value={r.hash.slice(0, 16)} /></dd></div>
          <div><dt>Window</dt><dd><Text value={r.window ?? "none: each event alone"} limit={60} /></dd></div>
          {(r.techniques?.length ?? 0) > 0 && <div><dt>ATT&CK</dt><dd><Text value={named(r.techniques, r.technique_names)} limit={300} /></dd></div>}
          <div><dt>Alerts</dt><dd>{r.alerts.toLocaleString("en")} in 30 days{r.last_alert && <span class="aside">the last {stamp(Date.parse(r.last_alert), zone)} {zoneName(zone)}</span>}</dd></div>
          {r.work && <div><dt>Matches</dt><dd>{r.work.matches.toLocaleString("en")} <span class="aside">since the process began</span></dd></div>}
          {r.work && <div><dt>Cost</dt><dd>{r.work.evaluations > 0 ? `${r.work.microseconds.toFixed(1)} µs × ${r.work.evaluations.toLocaleString("en")}` : r.enabled ? "nothing: the index decides alone" : "nothing: it is disabled"}</dd></div>}
          {r.work && <div><dt>Errors</dt><dd class={r.work.errors > 0 ? "fault" : ""}>{r.work.errors.toLocaleString("en")}</dd></div>}
        </dl>
        <RuleText id={r.id} version={r.hash} />
        <Exceptions rule={r} turn={turn} onChange={onChange} />
        {has("/rules/backtest", "post") && can("rules.test") && <Backtest rule={r.id} />}
        <p class="note">A rule's own tests run with <code>watchpost rules test</code>; a rule whose tests fail is not taken into use.</p>
      </div>
      {excepting && <Lazy load={() => import("./except")} part="Except" props={{ rule: r.id, name: r.name, match: "", onSaved: onChange, onClose: () => setExcepting(false) }} />}
    </section>
  );
}

type Said = Omit<Why, "known" | "events"> & { author?: string; group_by: string[]; fields: string[]; tests: string[] };

/** RuleText shows what a rule looks for, and what it says of itself. */
function RuleText({ id, version }: { id: string; version: string }) {
  const path = `/rules/${encodeURIComponent(id)}`;
  const { value: text, problem } = useAnswer(has("/rules/{id}") ? path + version : null, (signal) => get<Said>(path, signal));
  if (problem) return <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>;
  if (!text) return null;
  return (
    <>
      <h3>What it looks for</h3>
      <WhyView why={{ ...text, known: true, events: [], exceptions: [] }} rows={[]} />
      <p class="note">
        {text.group_by.length > 0 && <>One alert for each <span class="mono"><Text value={text.group_by.join(", ")} limit={300} /></span>. </>}
        {text.tests.length.toLocaleString("en")} {text.tests.length === 1 ? "test" : "tests"} inside the rule{text.tests.length > 0 && <>: <Text value={text.tests.join("; ")} limit={600} /></>}.
        {text.author && <> By <Text value={text.author} limit={100} />.</>}
      </p>
    </>
  );
}

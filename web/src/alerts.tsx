import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert, Field, Mode } from "./api";
import type { Alerts } from "./data";
import { both, condition } from "./expr";
import { href, modes } from "./place";
import type { Go, Place } from "./place";
import { Text, plain } from "./text";
import { ago, iso, stamp, zoneName } from "./time";
import type { Zone } from "./time";

const pad = 5 * 60_000;
const periods: [string, string][] = [["-1h", "1 hour"], ["-24h", "24 hours"], ["-7d", "7 days"], ["-30d", "30 days"]];

/** huntOf returns where the events behind an alert are found: its rule's predicate, its key, its time and a little around. */
export function huntOf(a: Alert, place: Place, types: Map<string, Field>): Place {
  const keys = Object.entries(a.group ?? {}).map(([f, v]) => condition(f, types.get(f)?.type, "==", v)).filter((c) => c !== "");
  const [first, last] = [Date.parse(a["event.start"]), Date.parse(a["event.end"])];
  const range = Number.isNaN(first + last) ? { from: place.since, to: "now" } : { from: iso(first - pad), to: iso(last + pad) };
  return {
    ...place,
    ...range,
    view: "hunt",
    query: both((a["rule.query"] ?? "").trim(), keys.join(" and ")),
    selected: "",
    order: "asc",
  };
}

const nameOf = (a: Alert) => a["rule.name"] || a["rule.id"];
const modeNames: Record<Mode, string> = { live: "live rules", shadow: "rules on trial", all: "all rules" };
const keyOf = (a: Alert) => Object.values(a.group ?? {}).map(plain).join(" · ");
const levels = ["low", "medium", "high", "critical"];

/** reckoned says in words what the rule's window found, beside the number of events. */
export function reckoned(a: Alert): string {
  const n = (v: number) => v.toLocaleString("en", { maximumFractionDigits: 2 });
  const about = a.approximate ? "about " : "";
  const out: string[] = [];
  if (a.distinct) out.push(`${about}${n(a.distinct)} different values`);
  if (a.value !== undefined) out.push(`value ${a.distinct ? "" : about}${n(a.value)}` + (a.baseline === undefined ? "" : `, else ${n(a.baseline)}`));
  else if (a.baseline !== undefined) out.push(`${n(a.baseline)} known before`);
  if (a.distance_km !== undefined && a.speed_kmh !== undefined) out.push(`${n(Math.round(a.distance_km))} km at ${n(Math.round(a.speed_kmh))} km/h`);
  if (a.interval !== undefined) out.push(`every ${n(a.interval)} s` + (a.jitter === undefined ? "" : ` ± ${n(100 * a.jitter)} %`));
  if (a.values?.length) out.push(a.values.map(plain).join(", "));
  if (a["alert.resolved"]) out.push("over");
  return out.join(" · ");
}

function Level({ alert }: { alert: Alert }) {
  const level = levels.includes(alert["rule.level"] ?? "") ? alert["rule.level"]! : "none";
  return <span class={"level " + level}>{level === "none" ? "–" : level}</span>;
}

/** useNews returns a sentence about alerts that were not there before, and their ids. */
export function useNews(alerts: Alerts): [string, Set<string>] {
  const seen = useRef<Set<string> | null>(null);
  const mode = useRef(alerts.mode);
  const [news, setNews] = useState<[string, Set<string>]>(["", new Set()]);
  useEffect(() => {
    if (!alerts.loaded || alerts.problem) return;
    if (mode.current !== alerts.mode) seen.current = null;
    mode.current = alerts.mode;
    const fresh = seen.current ? alerts.list.filter((a) => !seen.current!.has(a["alert.id"])) : [];
    seen.current ??= new Set();
    for (const a of alerts.list) seen.current.add(a["alert.id"]);
    if (fresh.length > 0) {
      const first = fresh[0]!;
      const text = fresh.length === 1 ? `New alert: ${nameOf(first)} ${keyOf(first)}` : `${fresh.length} new alerts, the latest: ${nameOf(first)}`;
      setNews(([, old]) => [text, new Set([...old, ...fresh.map((a) => a["alert.id"])])]);
    }
  }, [alerts]);
  return news;
}

type Props = { alerts: Alerts; news: Set<string>; place: Place; types: Map<string, Field>; zone: Zone; go: Go; copy: (text: string, what: string) => void };

function follow(e: MouseEvent, to: Place, go: Go) {
  if (e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey) return; // a new tab is the browser's
  e.preventDefault();
  go(to);
}

const endOf = (a: Alert) => Date.parse(a["event.end"]) || 0;
const newestFirst = (list: Alert[]) => list.slice().sort((a, b) => endOf(b) - endOf(a));

/** AlertRail is the short list beside a hunt. */
export function AlertRail({ alerts, news, place, types, zone, go }: Omit<Props, "copy">) {
  const list = newestFirst(alerts.list);
  const all = { ...place, view: "alerts" as const };
  return (
    <section class="rail" aria-label="Alerts">
      <h2>
        Alerts <small>{list.length === 0 ? "" : list.length} last {periods.find(([p]) => p === place.since)?.[1] ?? place.since}</small>
        {list.length > 0 && <a href={href(all)} onClick={(e) => follow(e, all, go)}>All</a>}
      </h2>
      {alerts.problem && <p class="fault">Alerts are not up to date: {alerts.problem.message}</p>}
      {alerts.loaded && list.length === 0 && !alerts.problem && <p class="note">No rule has fired. <a href={href(all)} onClick={(e) => follow(e, all, go)}>See one fire</a></p>}
      <ul>
        {list.slice(0, 8).map((a) => {
          const to = huntOf(a, place, types);
          return (
            <li key={a["alert.id"]}>
              <a class={"alert" + (news.has(a["alert.id"]) ? " fresh" : "")} href={href(to)} onClick={(e) => follow(e, to, go)} title={`First ${stamp(Date.parse(a["event.start"]), zone)}, last ${stamp(Date.parse(a["event.end"]), zone)} ${zoneName(zone)}`}>
                <Level alert={a} />
                <span class="rule"><Text value={nameOf(a)} limit={200} /></span>
                <span class="key"><Text value={keyOf(a)} limit={200} /></span>
                <span class="when">{typeof a.count === "number" && <>{a.count.toLocaleString("en")}× · </>}{ago(Date.parse(a["event.end"]), alerts.at).replace(" ago", "")}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** AlertTable is the whole list. */
export function AlertTable({ alerts, news, place, types, zone, go, copy }: Props) {
  const list = newestFirst(alerts.list);
  return (
    <section class="alerts" aria-label="Alerts">
      <div class="tools">
        <h2>{list.length.toLocaleString("en")} {list.length === 1 ? "alert" : "alerts"}{list.length === 200 && " (the latest)"}</h2>
        <label>
          in the last{" "}
          <select value={place.since} onChange={(e) => go({ since: e.currentTarget.value })}>
            {periods.map(([p, name]) => <option key={p} value={p}>{name}</option>)}
            {!periods.some(([p]) => p === place.since) && <option value={place.since}>{place.since}</option>}
          </select>
        </label>
        <label>
          of{" "}
          <select aria-label="Which alerts" value={place.mode} onChange={(e) => go({ mode: modes[e.currentTarget.selectedIndex]! })}>
            {modes.map((m) => <option key={m} value={m}>{modeNames[m]}</option>)}
          </select>
        </label>
        <span class="note">Refreshed every 5 s. Press an alert for the events behind it.</span>
      </div>
      {alerts.problem && <p class="fault" role="alert">Alerts are not up to date: {alerts.problem.message}</p>}
      {alerts.loaded && list.length === 0 && !alerts.problem ? (
        <NoAlerts copy={copy} />
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Alert list">
          <table>
            <thead>
              <tr>
                <th scope="col">Level</th><th scope="col">Rule</th><th scope="col">Key</th><th scope="col">Events</th>
                <th scope="col">First <small>{zoneName(zone)}</small></th><th scope="col">Last</th><th scope="col">Technique</th>
              </tr>
            </thead>
            <tbody>
              {list.map((a) => {
                const to = huntOf(a, place, types);
                return (
                  <tr key={a["alert.id"]} class={news.has(a["alert.id"]) ? "fresh" : ""}>
                    <td><Level alert={a} /></td>
                    <td>
                      <a href={href(to)} onClick={(e) => follow(e, to, go)}><Text value={nameOf(a)} limit={200} /></a>
                      {a["rule.mode"] === "shadow" && <span class="level none"> trial</span>}
                      {typeof a["rule.hash"] === "string" && <small class="aside mono" title="Version of the rule"> <Text value={a["rule.hash"].slice(0, 8)} limit={8} /></small>}
                      {reckoned(a) !== "" && <div class="aside"><Text value={reckoned(a)} limit={400} /></div>}
                    </td>
                    <td class="mono">
                      {Object.entries(a.group ?? {}).map(([f, v]) => (
                        <div key={f}><span class="aside"><Text value={f} limit={100} /></span> <Text value={plain(v)} limit={200} /></div>
                      ))}
                    </td>
                    <td class="number">{typeof a.count === "number" && a.count.toLocaleString("en")}</td>
                    <td class="mono">{stamp(Date.parse(a["event.start"]), zone)}</td>
                    <td class="mono">{stamp(Date.parse(a["event.end"]), zone)} <span class="aside">{ago(Date.parse(a["event.end"]), alerts.at)}</span></td>
                    <td class="mono"><Text value={plain(a["threat.technique.id"])} limit={200} /></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const burst =
  `for i in $(seq 10); do logger -n 127.0.0.1 -P 5514 -d -t sshd "Failed password for root from 203.0.113.7 port $((40000+i)) ssh2"; done`;

function NoAlerts({ copy }: { copy: Props["copy"] }) {
  return (
    <div class="empty">
      <h3>No alerts in this time</h3>
      <p>The rules watch every event as it comes in. To see one fire, play a password guesser in a shell:</p>
      <Command text={burst} copy={copy} />
    </div>
  );
}

/** Command is a line to paste into a shell. */
export function Command({ text, copy }: { text: string; copy: Props["copy"] }) {
  return (
    <div class="command">
      <code>{text}</code>
      <button type="button" onClick={() => copy(text, "the command")}>Copy</button>
    </div>
  );
}

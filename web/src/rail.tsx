import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert, Field } from "./api";
import { useAlerts } from "./data";
import type { Alerts } from "./data";
import { follow, useDesk } from "./desk";
import { both, condition, term } from "./expr";
import { has } from "./features";
import { at, href } from "./place";
import type { Place } from "./place";
import { Text, plain } from "./text";
import { ago, howFar, iso, stamp, zoneName } from "./time";

const pad = 5 * 60_000;

/** keyed is the condition of an alert's key. What the events of a key lack equals nothing. */
export const keyed = (a: Alert, types: Map<string, Field>) =>
  Object.entries(a.group ?? {}).map(([f, v]) => (plain(v) === "" ? term(f) && `not exists(${term(f)})` : condition(f, types.get(f)?.type, "==", v))).filter((c) => c !== "").join(" and ");

/** huntOf returns where the events behind an alert are found: its rule's predicate, its key, its time and a little around. */
export function huntOf(a: Alert, since: string, types: Map<string, Field>): Place {
  const [first, last] = [Date.parse(a["event.start"]), Date.parse(a["event.end"])];
  const range = Number.isNaN(first + last) ? { from: since, to: "now" } : { from: iso(first - pad), to: iso(last + pad) };
  return at({ ...range, view: "hunt", query: both((a["rule.query"] ?? "").trim(), keyed(a, types)), order: "asc", since });
}

export const nameOf = (a: Alert) => a["rule.name"] || a["rule.id"];
export const keyOf = (a: Alert) => Object.values(a.group ?? {}).map(plain).filter((v) => v !== "").join(" · ");
export const levels = ["informational", "low", "medium", "high", "critical"];

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

export function Level({ level: given }: { level: string | undefined }) {
  const level = levels.includes(given ?? "") ? given! : "none";
  return <span class={"level " + level}>{level === "none" ? "–" : level === "informational" ? "info" : level}</span>;
}

/** useNews returns a sentence about alerts that were not there before, and their ids. */
export function useNews(alerts: Alerts): [string, Set<string>] {
  const seen = useRef<Set<string> | null>(null);
  const key = useRef(alerts.key);
  const [news, setNews] = useState<[string, Set<string>]>(["", new Set()]);
  useEffect(() => {
    if (!alerts.loaded || alerts.problem) return;
    if (key.current !== alerts.key) seen.current = null;
    key.current = alerts.key;
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

const endOf = (a: Alert) => Date.parse(a["event.end"]) || 0;
export const newestFirst = (list: Alert[]) => list.slice().sort((a, b) => endOf(b) - endOf(a));

const rank = (a: Alert) => levels.indexOf(a["rule.level"] ?? "");
/** worstFirst orders alerts by level, those of one level the newest first. */
export const worstFirst = (list: Alert[]) => list.slice().sort((a, b) => rank(b) - rank(a) || endOf(b) - endOf(a));

/** openOf is how many alerts are open: what the server counts, or else what it listed. */
export const openOf = (a: Alerts) => (a.counts ? (a.counts["new"] ?? 0) + (a.counts["acknowledged"] ?? 0) : a.list.filter((x) => x.status !== "closed").length);

/** placeOf returns where an alert is shown: on its own, or as the events behind it where the server tells no more. */
export const placeOf = (a: Alert, since: string, types: Map<string, Field>): Place =>
  has("/alerts/{id}/events") ? at({ view: "alerts", id: a["alert.id"], since }) : huntOf(a, since, types);

/** How many alerts stand beside a hunt. */
const shown = 6;

/** AlertRail is the short list beside a hunt. */
export function AlertRail({ alerts, news }: { alerts: Alerts; news: Set<string> }) {
  const { place, go, types, zone } = useDesk();
  const open = openOf(alerts);
  const here = alerts.list.filter((a) => a.status !== "closed");
  // The newest are at hand. Where they are not all, the worst may be among the others.
  const worst = useAlerts({ from: place.since, to: "now", mode: "live", status: "open", order: "worst", limit: String(shown) }, open > here.length ? 5000 : 0);
  const list = worstFirst(open > here.length && worst.loaded && !worst.problem ? worst.list : here);
  const all = { ...place, view: "alerts" as const, selected: "" };
  return (
    <section class="rail" aria-label="Alerts">
      <h2>
        Alerts <small>{open === 0 ? "" : open.toLocaleString("en")} last {howFar(place.since) || place.since}</small>
        {list.length > 0 && <a href={href(all)} onClick={follow(go, all)}>All</a>}
      </h2>
      {alerts.problem && <p class="fault">Alerts are not up to date: <Text value={alerts.problem.message} limit={1000} /></p>}
      {!alerts.loaded && <p class="note" aria-busy="true">Reading…</p>}
      {alerts.loaded && list.length === 0 && !alerts.problem && <p class="note">{alerts.list.length > 0 ? "All alerts are closed." : "No rule has fired."} <a href={href(all)} onClick={follow(go, all)}>{alerts.list.length > 0 ? "See them" : "See one fire"}</a></p>}
      <ul>
        {list.slice(0, shown).map((a) => {
          const to = placeOf(a, place.since, types);
          return (
            <li key={a["alert.id"]}>
              <a class={"alert" + (news.has(a["alert.id"]) ? " fresh" : "")} href={href(to)} onClick={follow(go, to)} title={`First ${stamp(Date.parse(a["event.start"]), zone)}, last ${stamp(Date.parse(a["event.end"]), zone)} ${zoneName(zone, Date.parse(a["event.start"]), Date.parse(a["event.end"]))}`}>
                <Level level={a["rule.level"]} />
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

/** Wait says what is waited for; what takes more than a second can be cancelled. */
export function Wait({ children, onCancel }: { children: ComponentChildren; onCancel: () => void }) {
  return <p class="status" aria-busy="true"><span class="note">{children}</span> <Late><progress aria-label="Not answered yet" /> <button type="button" onClick={onCancel}>Cancel</button></Late></p>;
}

/** Late shows what it holds once a second has passed. */
export function Late({ children }: { children: ComponentChildren }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 1000);
    return () => clearTimeout(timer);
  }, []);
  return late ? <>{children}</> : null;
}

/** RuleLink leads to a rule, for those who may read rules. */
export function RuleLink({ id, name }: { id: string; name: string }) {
  const { go, can } = useDesk();
  const to = at({ view: "rules", id });
  return can("rules.read") ? <a href={href(to)} onClick={follow(go, to)}><Text value={name} limit={200} /></a> : <Text value={name} limit={200} />;
}

/** Command is a line to paste into a shell. */
export function Command({ text, copy }: { text: string; copy: (text: string, what: string) => void }) {
  return (
    <div class="command">
      <code>{text}</code>
      <button type="button" onClick={() => copy(text, "the command")}>Copy</button>
    </div>
  );
}

import { useMemo, useState } from "preact/hooks";
import { create, get } from "./api";
import type { Alert, Mode } from "./api";
import { AlertDetail } from "./alert";
import { ClosingForm } from "./closing";
import { Coverage } from "./coverage";
import { Back } from "./back";
import { asProblem, useAlerts } from "./data";
import { entityOf, follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { First } from "./first";
import { has } from "./features";
import { fieldOf, Incidents, joinedBy } from "./incidents";
import { dayAround, Entity, Within } from "./menu";
import { href, modes } from "./place";
import type { Place } from "./place";
import { huntOf, Level, levels, nameOf, newestFirst, placeOf, reckoned, worstFirst } from "./rail";
import { usePreference } from "./say";
import { useWalkedTable } from "./tall";
import { Text, named, plain } from "./text";
import { ago, stamp, zoneName, zoneShort } from "./time";

const modeNames: Record<Mode, string> = { live: "live rules", shadow: "rules on trial", all: "all rules" };
/** How many alerts are listed at once, and at most. */
const limits = [500, 2000, 10_000];
const idOf = (a: Alert) => a["alert.id"];

type Order = "newest" | "worst";
export const orders: Order[] = ["newest", "worst"];

/** Ordered chooses what stands first in a list of alerts or incidents; the choice stays in this browser. */
export function Ordered({ order, onOrder }: { order: Order; onOrder: (o: Order) => void }) {
  return (
    <label>
      <span class="unseen">Order </span>
      <select aria-label="Order" value={order} onChange={(e) => onOrder(e.currentTarget.value as Order)}>
        <option value="newest">newest first</option><option value="worst">worst first</option>
      </select>
    </label>
  );
}

export type Keys = { current: Record<string, () => void> };
type Props = { news: Set<string>; keys: Keys; onPin: (event: string) => void };

export const stateNames: [string, string][] = [["new", "New"], ["acknowledged", "Acknowledged"], ["closed", "Closed"]];

/** AlertsView is one alert, or the queue, the incidents, or what the rules cover. */
export function AlertsView({ news, keys, onPin }: Props) {
  const { place, go } = useDesk();
  if (place.id !== "" && has("/alerts/{id}/events")) return <AlertDetail key={place.id} id={place.id} keys={keys} onPin={onPin} />; // the next alert has nothing of this one
  const tabs: [string, string, boolean][] = [["", "Queue", true], ["incidents", "Incidents", has("/incidents")], ["coverage", "ATT&CK coverage", has("/coverage")]];
  const tab = tabs.find(([t, , is]) => is && t === place.tab)?.[0] ?? "";
  return (
    <section class="alerts" aria-label="Alerts">
      {tabs.filter(([, , is]) => is).length > 1 && (
        <div class="tabs" role="group" aria-label="Alerts as">
          {tabs.map(([t, name, is]) => is && <a key={t} href={href({ ...place, tab: t })} aria-current={tab === t ? "page" : undefined} onClick={follow(go, { tab: t })}>{name}</a>)}
        </div>
      )}
      {tab === "incidents" ? <Incidents keys={keys} /> : tab === "coverage" ? <Coverage /> : <Queue news={news} keys={keys} />}
    </section>
  );
}

/** Since is how far back a list of alerts looks. */
export function Since() {
  const { place, go } = useDesk();
  return <Back value={place.since} onChange={(since) => go({ since })} />;
}

function Queue({ news, keys }: { news: Set<string>; keys: Keys }) {
  const { place, go, types, zone, can, session, tell } = useDesk();
  const [turn, setTurn] = useState(0);
  const [text, setText] = useState("");
  const [most, setMost] = useState(limits[0]!);
  const [chosen, setChosen] = useState<Set<string>>(new Set());
  const [closing, setClosing] = useState<string[] | null>(null);
  const [order, setOrder] = usePreference("alerts", orders);
  const several = (session.tenants?.length ?? 0) > 1;
  const works = has("/alerts/{id}/activity", "post");
  const status = works ? place.status || "open" : "";
  // An incident has its own time and mode.
  const range: Record<string, string> = place.incident === "" ? { from: place.since, to: "now", mode: place.mode } : { incident: place.incident };
  const filter: Record<string, string> = { ...range, order, limit: String(most) };
  if (works) {
    if (status !== "all") filter["status"] = status;
    if (place.owner !== "") filter["owner"] = place.owner === "me" ? (session.user ?? "local") : place.owner;
    if (place.value !== "") filter["entity"] = place.value;
    if (place.rule !== "") filter["rule"] = place.rule;
  }
  if (place.level !== "") filter["level"] = place.level;
  const alerts = useAlerts(filter, place.incident === "" ? 5000 : 30_000, turn);
  const story = alerts.incident;
  const joined = useMemo(() => new Map(story?.joined?.map((j) => [j.alert, joinedBy(j)])), [story]);
  const want = text.toLowerCase();
  const list = useMemo(() => (order === "worst" ? worstFirst : newestFirst)(alerts.list).filter((a) => want === "" || [nameOf(a), a["rule.id"], ...Object.values(a.group ?? {}).map(plain)].some((s) => s.toLowerCase().includes(want))), [alerts.list, want, order]);
  const { at, move, step, tall } = useWalkedTable("alerts", alerts.key + want, list, idOf, (a) => go(placeOf(a, place.since, types)));
  const current = list[at];
  const all = alerts.counts && !(place.level !== "" && !alerts.levels) ? statusesOf(alerts.counts, status || "all").reduce((n, s) => n + (place.level === "" ? alerts.counts![s] ?? 0 : alerts.levels?.[s]?.[place.level] ?? 0), 0) : alerts.list.length;
  const about = current && Object.entries(current.group ?? {}).find(([f]) => entityOf(f) !== "");
  const may = works && can("alerts.write");
  const marked = chosen.size > 0 ? list.filter((a) => chosen.has(a["alert.id"])).map((a) => a["alert.id"]) : current ? [current["alert.id"]] : [];

  const doAll = async (body: Record<string, unknown>, ids = marked) => {
    const done = await Promise.allSettled(ids.map((id) => create(`/alerts/${encodeURIComponent(id)}/activity`, body)));
    const failed = done.find((d) => d.status === "rejected");
    tell(failed ? `Not done: ${(failed as PromiseRejectedResult).reason.message}` : `${ids.length} ${ids.length === 1 ? "alert" : "alerts"}: done`);
    setChosen(new Set());
    setTurn((t) => t + 1);
    return !failed;
  };
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const act: Record<string, (() => void) | undefined> = {
    j: () => step(1), k: () => step(-1), x: may ? () => current && toggle(current["alert.id"]) : undefined,
    e: may ? () => void doAll({ action: "acknowledge" }) : undefined,
    y: may ? () => marked.length > 0 && setClosing(marked) : undefined,
    f: works && about ? () => go({ value: place.value === "" ? plain(about[1]) : "" }) : undefined,
    // The list goes without the text of the rules' queries.
    h: () => current && void get<Alert>(`/alerts/${encodeURIComponent(current["alert.id"])}`).then((a) => go(huntOf(a, place.since, types)), (err) => tell(asProblem(err).message)),
    r: () => setTurn((t) => t + 1),
  };
  keys.current = Object.fromEntries(Object.entries(act).filter((e): e is [string, () => void] => e[1] !== undefined));
  const heading = works && status !== "all" ? { open: "open ", new: "new ", acknowledged: "acknowledged ", closed: "closed " }[status] ?? "" : "";
  return (
    <>
      <div class="tools">
        <h2>{alerts.loaded && list.length.toLocaleString("en")} {alerts.loaded && all > alerts.list.length && `of ${all.toLocaleString("en")} `}{heading}{list.length === 1 ? "alert" : "alerts"}</h2>
        {alerts.loaded && alerts.list.length < all && most < limits.at(-1)! && <button type="button" onClick={() => setMost(limits[limits.indexOf(most) + 1]!)}>Show up to {limits[limits.indexOf(most) + 1]!.toLocaleString("en")}</button>}
        {place.incident === "" ? (
          <>
            <Since />
            <label>
              of{" "}
              <select aria-label="Which alerts" value={place.mode} onChange={(e) => go({ mode: modes[e.currentTarget.selectedIndex]! })}>
                {modes.map((m) => <option key={m} value={m}>{modeNames[m]}</option>)}
              </select>
            </label>
          </>
        ) : (
          <button type="button" onClick={() => go({ incident: "", status: "" })} title="Alerts of all incidents">of one incident ×</button>
        )}
        {!alerts.levels && (
          <label>
            <span class="unseen">Level </span>
            <select aria-label="Level" value={place.level} onChange={(e) => go({ level: e.currentTarget.value })}>
              <option value="">any level</option>
              {levels.map((l) => <option key={l} value={l}>{l}</option>)}
            </select>
          </label>
        )}
        <Ordered order={order} onOrder={setOrder} />
        {works && (
          <label>
            <span class="unseen">Owner </span>
            <select aria-label="Owner" value={place.owner} onChange={(e) => go({ owner: e.currentTarget.value })}>
              <option value="">anybody's</option><option value="me">mine</option><option value="none">nobody's</option>
              {!["", "me", "none"].includes(place.owner) && <option value={place.owner}>{reveal(place.owner)}</option>}
            </select>
          </label>
        )}
        <input type="search" aria-label="Rule or key" placeholder="rule, user, host or address" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        {place.rule !== "" && <button type="button" onClick={() => go({ rule: "" })} title="Alerts of all rules">of rule <b><Text value={place.rule} limit={60} /></b> ×</button>}
        {place.value !== "" && <button type="button" onClick={() => go({ value: "" })} title="Alerts of all entities">of <b><Text value={place.value} limit={60} /></b> ×</button>}
        <span class="space" />
        <span class="note">Refreshed every {place.incident === "" ? 5 : 30} s.{works ? "" : " Press an alert for the events behind it."}</span>
      </div>
      {works && (
        <div class="tools states">
          <span class="chips" role="group" aria-label="Status">
            {[["open", "Open"], ...stateNames, ["all", "All"]].map(([s, name]) => (
              <button key={s} type="button" aria-pressed={status === s} onClick={() => go({ status: s === "open" ? "" : s! })}>
                {name} <b>{countOf(alerts.counts, s!)}</b>
              </button>
            ))}
          </span>
          {alerts.levels && (
            <span class="chips" role="group" aria-label="Level">
              {levels.toReversed().map((l) => {
                const n = statusesOf(alerts.levels!, status).reduce((sum, s) => sum + (alerts.levels![s]?.[l] ?? 0), 0);
                return (
                  <button key={l} type="button" class={n > 0 ? l : ""} aria-pressed={place.level === l} title={place.level === l ? "Alerts of every level" : `Only ${l} ones`} onClick={() => go({ level: place.level === l ? "" : l })}>
                    {l} {place.level === "" || place.level === l ? <b>{n.toLocaleString("en")}</b> : ""}
                  </button>
                );
              })}
            </span>
          )}
          {may && list.length > 0 && (
            <>
              <span class="space" />
              <span class="note">{chosen.size > 0 ? `${chosen.size} chosen:` : "Under the cursor:"}</span>
              <button type="button" onClick={() => void doAll({ action: "acknowledge" })}>Acknowledge <kbd>e</kbd></button>
              <button type="button" onClick={() => setClosing(marked)}>Close… <kbd>y</kbd></button>
            </>
          )}
        </div>
      )}
      {story && (
        <p class="pad story">
          <Level level={story.level} />
          <Within range={dayAround(Date.parse(story.first), Date.parse(story.last))}>
            {story.entities.slice(0, 8).map((e) => <span key={`${e.kind} ${e.value}`}><span class="aside"><Text value={e.kind ?? ""} limit={20} /></span> <span class="mono"><Entity field={fieldOf[e.kind ?? ""] ?? ""} value={e.value ?? ""} /></span></span>)}
          </Within>
          {story.entities.length > 8 && <span class="aside">{(story.entities.length - 8).toLocaleString("en")} more</span>}
          <span>{stamp(Date.parse(story.first), zone)} – {stamp(Date.parse(story.last), zone)} <span class="aside">{zoneName(zone, Date.parse(story.first), Date.parse(story.last))}</span></span>
          {story.tactics.length > 0 && <span class="aside"><Text value={story.tactics.join(", ")} limit={200} /></span>}
        </p>
      )}
      {alerts.problem && <p class="fault pad" role="alert">Alerts are not up to date: <Text value={alerts.problem.message} limit={1000} /></p>}
      {!alerts.loaded && <p class="note pad" aria-busy="true">Reading the alerts…</p>}
      {!alerts.loaded || (list.length === 0 && alerts.problem) ? null : list.length === 0 ? (
        alerts.list.length > 0 || filtered(place) ? (
          <div class="empty">
            <h3>No alert is like that</h3>
            <p class="choices"><button type="button" onClick={() => (setText(""), go({ status: "", owner: "", level: "", value: "", rule: "", incident: "", mode: "live" }))}>Show all open alerts</button>{place.status === "" && works && <button type="button" onClick={() => go({ status: "all" })}>Show closed ones too</button>}</p>
          </div>
        ) : (
          <NoAlerts />
        )
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Alert list" ref={tall.scroller}>
          <table class="queue tall" aria-rowcount={list.length + 1}>
            <thead>
              <tr>
                {may && <th scope="col" class="w-box"><span class="unseen">Chosen</span></th>}
                <th scope="col" class="w-level">Level</th>{several && <th scope="col" class="w-tenant">Tenant</th>}<th scope="col">Rule</th><th scope="col" class="w-key">Key</th><th scope="col" class="number w-count">Events</th>
                <th scope="col" class="w-time">First <small>{zoneShort(zone)}</small></th><th scope="col" class="w-time">Last</th><th scope="col" class="w-words">Technique</th>
                {works && <th scope="col" class="w-state">Status</th>}
              </tr>
            </thead>
            <tbody>
              {tall.rows((a, i, row) => {
                const to = placeOf(a, place.since, types);
                const id = a["alert.id"];
                return (
                  <tr key={id} {...row} class={(news.has(id) ? "fresh " : "") + (a === current ? "current" : "")} aria-selected={a === current} onClick={() => move(i)}>
                    {may && <td class="lead"><input type="checkbox" aria-label={`Choose alert ${i + 1}`} checked={chosen.has(id)} onChange={() => toggle(id)} /></td>}
                    <td class="lead"><Level level={a["rule.level"]} /></td>
                    {several && <td class="lead"><Text value={a.tenant ?? ""} limit={40} /></td>}
                    <td class="whole">
                      <a href={href(to)} onClick={follow(go, to)}><Text value={nameOf(a)} limit={200} /></a>
                      {a["rule.mode"] === "shadow" && <span class="level none"> trial</span>}
                      {a["rule.mode"] === "shadow" && typeof a["rule.hash"] === "string" && <small class="aside mono" title="Version of the rule"> <Text value={a["rule.hash"].slice(0, 8)} limit={8} /></small>}
                      {joined.has(id) && <div class="aside"><Text value={joined.get(id)!} limit={400} /></div>}
                      {reckoned(a) !== "" && <div class="aside two-lines"><Text value={reckoned(a)} limit={400} /></div>}
                    </td>
                    <td class="mono whole">
                      <Within range={dayAround(Date.parse(a["event.start"]), Date.parse(a["event.end"]))}>
                        {Object.entries(a.group ?? {}).map(([f, v]) => (
                          <div key={f}><span class="aside"><Text value={f} limit={100} /></span> {plain(v) === "" ? <span class="aside">none</span> : <Entity field={f} value={v} />}</div>
                        ))}
                      </Within>
                    </td>
                    <td class="number" data-of="Events">{typeof a.count === "number" && a.count.toLocaleString("en")}</td>
                    <td class="mono nowrap spare">{stamp(Date.parse(a["event.start"]), zone)}</td>
                    <td class="mono nowrap" data-of="Last">{stamp(Date.parse(a["event.end"]), zone)} <div class="aside">{ago(Date.parse(a["event.end"]), alerts.at)}</div></td>
                    <td class="spare"><div class="two-lines"><Text value={named(a["threat.technique.id"], a["threat.technique.name"])} limit={200} /></div></td>
                    {works && <td class="lead"><Status alert={a} /></td>}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {closing && <ClosingForm ids={closing} onClose={() => setClosing(null)} onDone={(body) => (setClosing(null), doAll({ action: "close", ...body }, closing))} />}
    </>
  );
}

const filtered = (p: Place) => p.status !== "" || p.owner !== "" || p.level !== "" || p.value !== "" || p.rule !== "" || p.incident !== "" || p.mode !== "live";

const statusesOf = (counts: object, status: string) => (status === "all" ? Object.keys(counts) : status === "open" ? ["new", "acknowledged"] : [status]);

function countOf(counts: Record<string, number> | undefined, status: string): string {
  if (!counts) return "";
  return statusesOf(counts, status).reduce((n, s) => n + (counts[s] ?? 0), 0).toLocaleString("en");
}

/** classNames are the words for what a closed alert turned out to be. */
export const classNames: [string, string, string][] = [
  ["true_positive", "true positive", "It was what the rule looks for, and it mattered."],
  ["benign", "benign", "It was what the rule looks for, and it was meant to be."],
  ["false_positive", "false positive", "It was not what the rule looks for."],
  ["duplicate", "duplicate", "Another alert tells the same."],
];

export function Status({ alert: a }: { alert: Pick<Alert, "status" | "owner" | "class" | "comments"> }) {
  const n = a.comments ?? 0;
  return (
    <>
      <span class={"state " + (a.status === "new" || a.status === "acknowledged" || a.status === "closed" ? a.status : "")}><Text value={a.status ?? "new"} limit={30} /></span>
      {a.class && <div class="aside"><Text value={classNames.find(([c]) => c === a.class)?.[1] ?? a.class} limit={40} /></div>}
      {a.owner && <div class="aside"><Text value={a.owner} limit={60} /></div>}
      {n > 0 && <div class="aside">{n} {n === 1 ? "comment" : "comments"}</div>}
    </>
  );
}

function NoAlerts() {
  return (
    <div class="empty">
      <h3>No alerts in this time</h3>
      <p>The rules watch every event as it comes in.</p>
      <First times={10}>To see one fire, play a password guesser in a shell:</First>
    </div>
  );
}

import { useState } from "preact/hooks";
import { Asks } from "./asks";
import { get } from "./api";
import type { Alert } from "./api";
import { useAnswer, useValues } from "./data";
import { follow, useDesk } from "./desk";
import { quote } from "./expr";
import { FactTable, label } from "./facts";
import type { Fact } from "./facts";
import { at, href } from "./place";
import { keyOf, Level, nameOf, newestFirst, placeOf, Wait } from "./rail";
import { Text, plain } from "./text";
import { ago, howFar, sayBound, stamp, zoneName } from "./time";
import type { Zone } from "./time";

type Answer = Record<string, unknown> & { query?: string; partial?: { part: string; reason: string }[] | null; first_seen?: string; last_seen?: string; counts?: Record<string, unknown>; alerts?: Alert[] | null };

/** named says a range in words; one that does not end now is said by both its ends, which want their zone. */
const named = (from: string, to: string, zone: Zone) => {
  const far = to === "now" ? howFar(from) : "";
  return far !== "" ? `in the last ${far}` : `from ${sayBound(from, zone)} to ${sayBound(to, zone)}${howFar(from) && howFar(to) ? "" : " " + zoneName(zone)}`;
};

const kinds: [string, string, string][] = [["user", "User", "user.name"], ["host", "Host", "host.name"], ["ip", "Address", "source.ip"]];
const ranges = ["-4h", "-24h", "-7d", "-30d", "-90d"];

/** EntityView is a user, a host or an address: what it did, what is new for it, and what to ask next. */
export function EntityView() {
  const { place } = useDesk();
  return place.value === "" || !kinds.some(([k]) => k === place.kind) ? <Choose /> : <Story key={place.kind + place.value} />;
}

function Choose() {
  const { place, go, types, zone } = useDesk();
  const [kind, setKind] = useState(place.kind || "user");
  const [value, setValue] = useState("");
  const [, name, field] = kinds.find(([k]) => k === kind) ?? kinds[0]!;
  const range = place.from === "-1h" ? "-24h" : place.from;
  const { value: top, busy } = useValues({ query: "", from: range, to: place.to }, types.has(field) || types.size === 0 ? field : "user.name", 0, 40);
  return (
    <section class="page" aria-label="Entities">
      <form
        class="tools wide"
        onSubmit={(e) => {
          e.preventDefault();
          if (value.trim() !== "") go({ kind, value: value.trim(), from: range });
        }}
      >
        <span class="chips" role="group" aria-label="Kind">{kinds.map(([k, n]) => <button key={k} type="button" aria-pressed={kind === k} onClick={() => setKind(k)}>{n}</button>)}</span>
        <input class="mono" aria-label={name} placeholder={{ user: "root", host: "gate-01", ip: "203.0.113.7" }[kind]} value={value} onInput={(e) => setValue(e.currentTarget.value)} />
        <button type="submit" class="primary">Show</button>
      </form>
      <div class="stack">
        <h2>The busiest {named(range, place.to, zone)}</h2>
        {busy && !top && <p class="note" aria-busy="true">Counting…</p>}
        {top?.values.length === 0 && <p class="note">No event of this time names one.</p>}
        <ul class="cloud">
          {top?.values.map((v) => {
            const to = at({ view: "entity", kind, value: plain(v.value), from: range, to: place.to });
            return <li key={plain(v.value)}><a href={href(to)} onClick={follow(go, to)}><Text value={plain(v.value)} limit={100} /></a> <span class="aside">{v.count.toLocaleString("en")}</span></li>;
          })}
        </ul>
      </div>
    </section>
  );
}

/** about returns the predicate that finds the events of an entity. */
function about(kind: string, value: string): string {
  const v = quote(value);
  if (kind === "user") return `user.name == ${v}`;
  if (kind === "host") return `host.name == ${v}`;
  return `(source.ip == ${v} or destination.ip == ${v})`;
}

const lists: [string, string][] = [
  ["new", "New for it"], ["logins", "Log-ins"], ["sources", "From where"], ["countries", "Countries"], ["processes", "Processes"], ["connections", "Connections"], ["users", "Users"], ["hosts", "Hosts"],
];
const fieldsOf: Record<string, string> = { ip: "source.ip", source: "source.ip", source_ip: "source.ip", user: "user.name", host: "host.name", destination: "destination.ip", destination_ip: "destination.ip" };

/** most is how many alerts, and facts of each kind, are listed. */
const most = 20;

/** flat puts the values of a row beside its counts, and its times last. */
function flat(r: unknown): Fact {
  if (r === null || typeof r !== "object") return { value: r };
  const { values, count, bytes, first, last, new: fresh, ...rest } = r as Fact;
  const known = values !== null && typeof values === "object" ? (values as Fact) : {};
  return { ...rest, ...known, count, bytes, first, last, ...(fresh ? { new: true } : {}) };
}

function Story() {
  const { place, go, zone, types } = useDesk();
  const { kind, value } = place;
  const range = place.from === "-1h" ? "-24h" : place.from;
  const path = `/entities/${encodeURIComponent(kind)}/${encodeURIComponent(value)}?${new URLSearchParams({ from: range, to: place.to })}`;
  const [turn, setTurn] = useState(0);
  const known = place.to === "now" && howFar(range) !== "";
  const { value: told, problem, busy, cancel } = useAnswer(`${path} ${turn}`, (signal) => get<Answer>(path, signal));
  const story = busy ? undefined : told; // what it did in another time is not what it did in this
  const last = Date.parse(story?.last_seen ?? "");
  const first = Date.parse(story?.first_seen ?? "");
  const now = Date.now();
  const all = at({ query: story?.query || about(kind, value), from: range, to: place.to });
  const alerts = at({ view: "alerts", value, since: range.startsWith("-") ? range : "-30d", status: "all" });
  return (
    <section class="page" aria-label="Entity">
      <div class="top-line">
        <a href={href({ ...place, value: "" })} onClick={follow(go, { value: "" })}>← Entities</a>
        <span class="level none">{kind === "ip" ? "address" : kind}</span>
        <h2 class="mono"><Text value={value} limit={200} /></h2>
        <label>
          <span class={known ? "" : "unseen"}>in the last</span>{" "}
          <select value={known ? range : ""} onChange={(e) => go({ from: e.currentTarget.value, to: "now" })}>
            {(known && !ranges.includes(range) ? [...ranges, range] : ranges).map((r) => <option key={r} value={r}>{howFar(r)}</option>)}
            {!known && <option value="">{named(range, place.to, zone)}</option>}
          </select>
        </label>
        <span class="space" />
        <a class="button" href={href(all)} onClick={follow(go, all)}>All its events</a>
      </div>
      <div class="panes">
        <div class="main">
          {problem && <p class="fault" role="alert"><Text value={problem.message} limit={1000} /> <button type="button" onClick={() => setTurn(turn + 1)}>Try again</button></p>}
          {busy && !story && <Wait onCancel={cancel}>Gathering what it did…</Wait>}
          {story && Number.isNaN(last) && <p class="note">No event {named(range, place.to, zone)} names it. Choose a longer time above.</p>}
          {story && !Number.isNaN(last) && (
            <dl class="facts">
              <div><dt>First seen</dt><dd class="mono">{stamp(first, zone)} <span class="aside">{zoneName(zone, first, last)}, {ago(first, now)}</span></dd></div>
              <div><dt>Last seen</dt><dd class="mono">{stamp(last, zone)} <span class="aside">{ago(last, now)}</span></dd></div>
              {Object.entries(story.counts ?? {}).filter(([, n]) => typeof n === "number").map(([k, n]) => <div key={k}><dt><Text value={label(k.replace("logins_failure", "failed_log-ins").replace("logins_success", "good_log-ins"))} limit={80} /></dt><dd>{(n as number).toLocaleString("en")}</dd></div>)}
            </dl>
          )}
          {story?.partial?.map((p) => <p key={p.part} class="fault" role="alert">Missing here: <Text value={label(p.part)} limit={80} />. <Text value={p.reason} limit={300} /></p>)}
          {(story?.alerts?.length ?? 0) > 0 && (
            <>
              <h3>Alerts{story!.alerts!.length > most && <span class="aside"> the newest {most}; <a href={href(alerts)} onClick={follow(go, alerts)}>all in the queue</a></span>}</h3>
              <ul class="lines-of">
                {newestFirst(story!.alerts!).slice(0, most).map((a) => {
                  const to = placeOf(a, "-30d", types);
                  return <li key={a["alert.id"]}><Level level={a["rule.level"]} /> <a href={href(to)} onClick={follow(go, to)}><Text value={nameOf(a)} limit={200} /></a> <span class="mono"><Text value={keyOf(a)} limit={120} /></span> <span class="aside">{stamp(Date.parse(a["event.end"] ?? a["@timestamp"] ?? ""), zone)}{a.status && <>, <Text value={a.status} limit={30} /></>}</span></li>;
                })}
              </ul>
            </>
          )}
          {story && lists.map(([key, name]) => {
            const rows = (Array.isArray(story[key]) ? (story[key] as unknown[]) : []).map((r) => flat(r))
              // That it is new to itself tells nothing; what is new since last is what one looks for.
              .filter((r) => key !== "new" || r["value"] !== value)
              .sort((a, b) => (key === "new" ? (plain(a["first"]) < plain(b["first"]) ? 1 : -1) : 0));
            return rows.length > 0 && <div key={key} class="listed"><h3>{name}</h3><FactTable rows={rows} about={name} fields={fieldsOf} most={most} /></div>;
          })}
        </div>
        <aside aria-label="Questions">
          <Asks values={{ [kind]: value }} time={Number.isNaN(last) ? "" : story!.last_seen!} />
        </aside>
      </div>
    </section>
  );
}

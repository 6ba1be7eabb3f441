import { useState } from "preact/hooks";
import type { Row } from "./api";
import { useEvent } from "./data";
import { follow, useDesk } from "./desk";
import { condition, quote, reveal } from "./expr";
import { has } from "./features";
import { Filters } from "./filters";
import { pointOf } from "./menu";
import { at, fresh, href } from "./place";
import { idOf } from "./results";
import { Text, plain } from "./text";
import { iso, stamp, zoneName } from "./time";

const hour = 3_600_000;

/** flat returns the fields of an event one by one: arrays whole, labels each under its own name. */
function flat(row: Row): [string, unknown][] {
  const out: [string, unknown][] = [];
  for (const [name, v] of Object.entries(row)) {
    if (name === "event.original") continue; // has its own place
    if (v !== null && typeof v === "object" && !Array.isArray(v)) {
      for (const [k, w] of Object.entries(v)) out.push([`${name}.${k}`, w]);
    } else if (v !== null && v !== "" && !(Array.isArray(v) && v.length === 0)) out.push([name, v]);
  }
  const rank = (n: string) => (n === "@timestamp" ? 0 : n === "message" ? 1 : n.startsWith("labels.") ? 3 : 2);
  return out.sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

type Props = { id: string; row: Row | undefined; onPin: (event: string) => void; onAround?: (event: Row) => void };

/** EventDetail shows one event whole: what was received, what was read out of it, and where to go from here. */
export function EventDetail({ id, row, onPin, onAround }: Props) {
  const { place, go, copy, can } = useDesk();
  const [json, setJson] = useState(false);
  const at = row ? Date.parse(plain(row["@timestamp"])) : NaN;
  const range = Number.isNaN(at) ? place : { from: iso(at - hour), to: iso(at + hour) };
  const { value, problem, busy } = useEvent(id, { from: range.from, to: range.to }, `event.id == ${quote(id)}`);
  const event = value && idOf(value) === id ? value : row;
  if (!event) {
    return <p class="note">{busy ? "Reading the event…" : problem ? problem.message : "The event of this link is not in this time range, or its time of storage has passed."}</p>;
  }
  const original = event["event.original"];
  const text = JSON.stringify(event, null, 2);
  return (
    <div class="event">
      <div class="tools">
        <button type="button" aria-pressed={!json} onClick={() => setJson(false)}>Fields</button>
        <button type="button" aria-pressed={json} onClick={() => setJson(true)}>JSON</button>
        <span class="space" />
        <Nearby event={event} />
        {onAround && has("/surrounding", "post") && <button type="button" onClick={() => onAround(event)}>Surrounding events</button>}
        <span class="space" />
        {has("/investigations", "post") && can("investigations.write") && <button type="button" onClick={() => onPin(id)} title="Add to an investigation (p)">Pin</button>}
        <button type="button" onClick={() => copy(text, "the event as JSON")}>Copy JSON</button>
        {typeof original === "string" && <button type="button" onClick={() => copy(original, "the raw line")}>Copy raw line</button>}
        <button type="button" onClick={() => go({ selected: "" }, true)}>Close</button>
      </div>
      <Whole event={event} json={json} busy={busy && !value} />
      {problem && <p class="fault"><Text value={problem.message} limit={1000} /></p>}
    </div>
  );
}

/** Nearby leads to what the host of an event did just before and after it. */
export function Nearby({ event }: { event: Row }) {
  const { go } = useDesk();
  const query = condition("host.name", "keyword", "==", event["host.name"]);
  const when = Date.parse(plain(event["@timestamp"]));
  if (query === "" || Number.isNaN(when)) return null;
  return (
    <>
      <span>Same host</span>
      {[1, 15].map((m) => <button key={m} type="button" onClick={() => go({ ...fresh, view: "hunt", query, from: iso(when - m * 60_000), to: iso(when + m * 60_000), selected: idOf(event), order: "asc" })}>± {m} min</button>)}
    </>
  );
}

const unread = new Set(["unparsed", "syslog"]);

/** Whole is an event with its raw line and all fields, or as JSON. */
export function Whole({ event, json, busy }: { event: Row; json: boolean; busy?: boolean }) {
  const { go, zone, types, copy, pivot } = useDesk();
  const bad = at({ view: "sources", tab: "unparsed" });
  const original = event["event.original"];
  const when = Date.parse(plain(event["@timestamp"]));
  return (
    <>
      {typeof original === "string" && (
        <div class="raw" tabIndex={0} role="region" aria-label="Raw line">
          <Long value={original} lines />
        </div>
      )}
      {busy && <p class="note">Reading all fields…</p>}
      {unread.has(plain(event["event.dataset"])) && has("/sources") && (
        <p class="note">{event["event.dataset"] === "unparsed" ? "Nothing of this line could be read into fields." : "Only the header of this line was read: no parser knows its text."} <a href={href(bad)} onClick={follow(go, bad)}>What else is not understood, and reading it again</a></p>
      )}
      {json ? (
        <div class="raw json" tabIndex={0} role="region" aria-label="Event as JSON"><Json text={JSON.stringify(event, null, 2)} /></div>
      ) : (
        <dl>
          {flat(event).map(([name, v]) => (
            <div key={name}>
              <dt title={reveal(types.get(name)?.description ?? "")}><Text value={name} /></dt>
              <dd>
                {(Array.isArray(v) ? v : [v]).map((one, i) => (
                  <span
                    key={i}
                    class="value"
                    onContextMenu={(e) => {
                      if (getSelection()?.isCollapsed === false) return; // selected text keeps the browser's menu
                      e.preventDefault();
                      e.stopPropagation();
                      pivot(pointOf(e), { field: name, value: one, event: idOf(event) });
                    }}
                  >
                    <Long value={plain(one)} />
                    {name === "@timestamp" && <span class="aside">{stamp(when, zone, true)} {zoneName(zone, when)}</span>}
                    <span class="acts">
                      {condition(name, types.get(name)?.type, "==", one) !== "" && <Filters field={name} value={one} />}
                      <button type="button" class="copy" title="Copy" aria-label={`Copy ${reveal(name)}`} onClick={() => copy(plain(one), name)}><Sheets /></button>
                      <button type="button" class="copy more" aria-haspopup="menu" title="More" aria-label={`More about ${reveal(name)}`} onClick={(e) => pivot(pointOf(e), { field: name, value: one, event: idOf(event) })}>⋯</button>
                    </span>
                  </span>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** Sheets is the sign for copying; no font can be relied on to have one. */
function Sheets() {
  return (
    <svg width="11" height="11" viewBox="0 0 11 11" fill="none" stroke="currentColor" aria-hidden="true">
      <rect x="3.5" y="3.5" width="7" height="7" rx="1" />
      <path d="M7.500 1.500v-1h-7v7h1" />
    </svg>
  );
}

/** Long draws a value in full on demand: a megabyte at once would freeze the page for no reader's good. */
function Long({ value, lines }: { value: string; lines?: boolean }) {
  const [limit, setLimit] = useState(4000);
  return (
    <>
      <Text value={value} limit={limit} lines={lines && "marked"} />
      {value.length > limit && <button type="button" onClick={() => setLimit(limit * 16)}>Show more</button>}
    </>
  );
}

/** Json draws text that we laid out ourselves: its line feeds are ours, those of the log are escaped in it. */
function Json({ text }: { text: string }) {
  return <>{text.split("\n").slice(0, 2000).map((l, i) => <div key={i}><Text value={l} limit={4000} /></div>)}</>;
}

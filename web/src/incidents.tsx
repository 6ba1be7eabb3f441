import { useEffect, useMemo, useState } from "preact/hooks";
import { get } from "./api";
import type { Incident, Joined } from "./api";
import { Ordered, orders, Since, stateNames, Status } from "./alerts";
import type { Keys } from "./alerts";
import { useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { dayAround, Entity, Within } from "./menu";
import { at as placed, href } from "./place";
import { Level, RuleLink, Wait } from "./rail";
import { usePreference } from "./say";
import { useWalkedTable } from "./tall";
import { Text, howMany } from "./text";
import { ago, span, stamp, zoneShort } from "./time";

type Answer = { incidents: Incident[] | null; counts?: Record<string, number>; partial?: boolean };

const limit = 500;
/** All alerts of the range are folded anew for each answer. */
const every = 30_000;
const idOf = (i: Incident) => i.id;
export const fieldOf: Record<string, string> = { user: "user.name", host: "host.name", ip: "source.ip" };

/** joinedBy says why an alert is in its incident. */
export const joinedBy = (j: Joined) =>
  j.by.length === 0 ? "the incident began with it" : "joined by " + j.by.map((l) => `${l.kind} ${l.value}${l.how === "evidence" ? " (in the evidence)" : ""}`).join(", ");

/** Incidents are alerts folded by the entities that they share. */
export function Incidents({ keys }: { keys: Keys }) {
  const { place, go, zone, session } = useDesk();
  const [turn, setTurn] = useState(0);
  const [open, setOpen] = useState("");
  const status = place.status || "open";
  const q = new URLSearchParams({ from: place.since, to: "now", limit: String(limit), ...(status === "all" ? {} : { status }), ...(place.level === "" ? {} : { level: place.level }) });
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTurn((t) => t + 1), every);
    return () => clearInterval(timer);
  }, []);
  const { value, problem, cancel } = useAnswer(`${q} ${turn}`, (signal) => get<Answer>(`/incidents?${q}`, signal), String(q));
  const several = (session.tenants?.length ?? 0) > 1;
  const [order, setOrder] = usePreference("alerts", orders);
  const list = useMemo(() => {
    const found = value?.incidents ?? [];
    return order === "worst" ? found.toSorted((a, b) => b.severity - a.severity || Date.parse(b.last) - Date.parse(a.last)) : found;
  }, [value, order]);
  const now = Date.now();
  const placeOf = (i: Incident) => (i.alerts.length === 1 ? placed({ view: "alerts", id: i.alerts[0]!, since: place.since }) : placed({ view: "alerts", incident: i.id, status: "all", since: place.since }));
  const { at, move, step, tall } = useWalkedTable("incidents", q.toString() + order, list, idOf, (i) => i.alerts[0] && go(placeOf(i)));
  keys.current = { r: () => setTurn((t) => t + 1), j: () => step(1), k: () => step(-1) };
  return (
    <>
      <div class="tools">
        <h2>{list.length === limit && "The latest "}{howMany(value ? list.length : undefined, "incident", "incidents")}</h2>
        <Since />
        <span class="chips" role="group" aria-label="Status">
          {[["open", "Open"], ...stateNames, ["all", "All"]].map(([s, name]) => (
            <button key={s} type="button" aria-pressed={status === s} onClick={() => go({ status: s === "open" ? "" : s! })}>{name}</button>
          ))}
        </span>
        <Ordered order={order} onOrder={setOrder} />
        <span class="space" />
        <span class="note">Alerts that tell of one user, host or address within an hour of each other are one incident: “Its alerts” says by what each joined. Refreshed every 30 s.</span>
      </div>
      {problem && <p class="fault pad" role="alert">Incidents are not up to date: <Text value={problem.message} limit={1000} /></p>}
      {value?.partial && <p class="fault pad" role="alert">There were too many alerts in this time to fold them all: choose a shorter time.</p>}
      {!value && !problem && <Wait onCancel={cancel}>Folding the alerts…</Wait>}
      {value && list.length === 0 && <div class="empty"><h3>No incidents in this time</h3></div>}
      {list.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Incident list" ref={tall.scroller}>
          <table class="incidents tall" aria-rowcount={list.length + 1}>
            <thead>
              <tr>
                <th scope="col" class="w-level">Level</th><th scope="col">Who and what</th><th scope="col">Rules</th><th scope="col" class="number w-count">Alerts</th><th scope="col" class="number w-count">Events</th>
                <th scope="col" class="w-span">From <small>{zoneShort(zone)}</small></th><th scope="col" class="w-words">Tactics</th><th scope="col" class="w-state">Status</th>
              </tr>
            </thead>
            <tbody>
              {tall.rows((i, n, row) => {
                const [first, last] = [Date.parse(i.first), Date.parse(i.last)];
                return (
                  <tr key={i.id} {...row} class={n === at ? "current" : ""} aria-selected={n === at} onClick={() => move(n)}>
                    <td class="lead"><Level level={i.level} /></td>
                    <td class="mono whole">
                      {several && i.tenant && <div class="aside">tenant <Text value={i.tenant} limit={40} /></div>}
                      <Within range={dayAround(first, last)}>
                        {i.entities.slice(0, open === i.id ? 200 : 5).map((e) => (
                          <div key={`${e.kind} ${e.value}`}><span class="aside"><Text value={e.kind ?? ""} limit={20} /></span> <Entity field={fieldOf[e.kind ?? ""] ?? ""} value={e.value ?? ""} /> <span class="aside">{e.alerts > 1 && `${e.alerts}×`}</span></div>
                        ))}
                      </Within>
                      {i.entities.length > 5 && <button type="button" class="quiet flush" onClick={() => setOpen(open === i.id ? "" : i.id)}>{open === i.id ? "Fewer" : `${i.entities.length - 5} more`}</button>}
                    </td>
                    <td class="whole">
                      {i.rules.map((r) => <div key={r.id}><RuleLink id={r.id} name={r.name || r.id} /> <span class="aside">{r.alerts > 1 && `${r.alerts}×`}</span></div>)}
                    </td>
                    <td class="number" data-of="Alerts">{i.count.toLocaleString("en")}</td>
                    <td class="number" data-of="Events">{i.events.toLocaleString("en")}</td>
                    <td class="mono nowrap" data-of="From">{stamp(first, zone)} <div class="aside">{last > first && `for ${span((last - first) / 1000)}, last `}{ago(last, now)}</div></td>
                    <td><Text value={i.tactics.join(", ")} limit={200} /></td>
                    <td class="lead">
                      <Status alert={{ status: i.status, owner: i.owners.join(", ") }} />
                      {i.alerts[0] && (() => {
                        const to = placeOf(i);
                        return <div><a href={href(to)} onClick={follow(go, to)}>{i.alerts.length === 1 ? "The alert" : "Its alerts"}</a></div>;
                      })()}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

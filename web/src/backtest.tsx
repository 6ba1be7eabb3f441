import { useState } from "preact/hooks";
import type { Alert } from "./api";
import { Back } from "./back";
import { useDesk } from "./desk";
import { Entity } from "./menu";
import { huntOf } from "./rail";
import { follow } from "./desk";
import { ranges, usePast } from "./past";
import { href } from "./place";
import { Text, plain } from "./text";
import { span, stamp, zoneName } from "./time";

type Result = {
  alerts: number; per_day: { day: string; count: number }[] | null; keys: { key: string; group?: Record<string, string>; count: number }[] | null; samples: Alert[] | null;
  live?: { new: number; lost: number; same: number; examples?: { kind?: string; "@timestamp"?: string; group?: Record<string, string> }[] | null }; events: number; partial?: boolean; reason?: string; notes?: string[] | null; elapsed_ms: number;
};

/** Backtest judges a rule, by its id or its text, over what is stored, and shows how it would have fired. */
export function Backtest({ rule, draft }: { rule: string; draft?: boolean }) {
  const { zone, go, types } = useDesk();
  const [from, setFrom] = useState("-7d");
  const { state, run, cancel } = usePast<{ rule: string; from: string }, Result>("/rules/backtest");
  const r = state?.result;
  const days = r?.per_day ?? [];
  const most = Math.max(1, ...days.map((d) => d.count));
  return (
    <section class="backtest" aria-label="Back-test">
      <h3>Back-test</h3>
      <p class="tools">
        <Back say="Over the last" value={from} choices={ranges} onChange={setFrom} />
        {state?.running ? <button type="button" onClick={cancel}>Cancel</button> : <button type="button" class="primary" onClick={() => void run({ rule, from })}>Run</button>}
        {state?.running && <><progress aria-label="Back-test" max={1} value={state.step?.done} /> <span class="aside" role="status">{state.step ? `${Math.round(100 * state.step.done)} %, ${state.step.events.toLocaleString("en")} events, ${state.step.alerts.toLocaleString("en")} alerts so far` : "Beginning…"}</span></>}
        {!state && <span class="note">The stored events are judged by the same code that judges the stream.</span>}
      </p>
      {state?.fault && <p class="fault" role="alert"><Text value={state.fault} limit={2000} /></p>}
      {r && (
        <>
          <p role="status">
            <b>{r.alerts.toLocaleString("en")}</b> {r.alerts === 1 ? "alert" : "alerts"} of {r.events.toLocaleString("en")} events judged, in {span(r.elapsed_ms / 1000)}.
            {r.live && !draft && <> Beside the alerts that were raised: <b>{r.live.new.toLocaleString("en")}</b> new, <b>{r.live.lost.toLocaleString("en")}</b> lost, {r.live.same.toLocaleString("en")} the same.</>}
          </p>
          {r.partial && <p class="fault" role="alert">Not all: <Text value={r.reason ?? "the budget was used up"} limit={400} /></p>}
          {(r.notes?.length ?? 0) > 0 && <ul class="dots note">{r.notes!.map((n, i) => <li key={i}><Text value={n} limit={600} /></li>)}</ul>}
          {days.length > 0 && (
            <figure class="days">
              <figcaption>Alerts per day (UTC)</figcaption>
              <table>
                <thead class="unseen"><tr><th scope="col">Day</th><th scope="col">Alerts</th></tr></thead>
                <tbody>{days.map((d) => <tr key={d.day}><th scope="row"><Text value={d.day.slice(5)} limit={12} /></th><td><span class="share" style={{ width: `${(260 * d.count) / most}px` }} />{d.count.toLocaleString("en")}</td></tr>)}</tbody>
              </table>
            </figure>
          )}
          {(r.keys?.length ?? 0) > 0 && (
            <>
              <h4>For whom</h4>
              <ul class="lines-of">{r.keys!.slice(0, 10).map((k) => <li key={k.key} class="mono">{k.group && Object.keys(k.group).length > 0 ? Object.entries(k.group).map(([f, v]) => <span key={f} class="pair"><Text value={f} limit={60} /> <Entity field={f} value={v} /></span>) : <Text value={k.key} limit={200} />} <span class="aside">{k.count.toLocaleString("en")}×</span></li>)}</ul>
            </>
          )}
          {!draft && (r.live?.examples?.length ?? 0) > 0 && (
            <>
              <h4>What differs from the version in use</h4>
              <ul class="lines-of">{r.live!.examples!.slice(0, 10).map((x, i) => <li key={i} class="mono"><span class={x.kind === "lost" ? "fails" : "holds"}>{x.kind === "lost" ? "lost" : "new"}</span> {stamp(Date.parse(x["@timestamp"] ?? ""), zone)} <Text value={Object.values(x.group ?? {}).map(plain).join(" · ")} limit={200} /></li>)}</ul>
            </>
          )}
          {(r.samples?.length ?? 0) > 0 && (
            <>
              <h4>Samples <small>{zoneName(zone)}</small></h4>
              <ul class="lines-of">{r.samples!.slice(0, 10).map((a, i) => { const to = huntOf(a, "-30d", types); return <li key={i}><a class="mono" href={href(to)} onClick={follow(go, to)}>{stamp(Date.parse(a["event.start"]), zone)}</a> <Text value={Object.values(a.group ?? {}).map(plain).join(" · ")} limit={200} /> <span class="aside">{a.count?.toLocaleString("en")} {a.count === 1 ? "event" : "events"}</span></li>; })}</ul>
            </>
          )}
        </>
      )}
    </section>
  );
}

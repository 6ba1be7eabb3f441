import { useState } from "preact/hooks";
import { Bars } from "./bars";
import type { Counts } from "./data";
import { reveal } from "./expr";
import { usePreference } from "./say";
import { Text } from "./text";
import { iso, span, stamp, zoneName } from "./time";
import type { Zone } from "./time";

type Props = {
  value: Counts;
  zone: Zone;
  onRange: (from: string, to: string) => void;
  /** Field of the break-down, or "". */
  by: string;
  onBy: (field: string) => void;
};

/** series returns seconds and counts with no bucket left out, so that bars stand where their time is. */
function series(v: Counts): [number[], number[]] {
  const step = v.step_seconds;
  const counts = new Map<number, number>();
  for (const b of v.buckets) counts.set(Date.parse(b.time) / 1000, b.count);
  const known = [...counts.keys()];
  if (known.length === 0 || !(step > 0)) return [[Date.parse(v.from) / 1000, Date.parse(v.to) / 1000], [0, 0]];
  const first = Math.min(...known);
  const xs: number[] = [];
  const from = Date.parse(v.from) / 1000;
  const to = Date.parse(v.to) / 1000;
  for (let x = first - Math.max(0, Math.ceil((first - from) / step)) * step; x < to && xs.length < 2000; x += step) xs.push(x);
  return [xs, xs.map((x) => counts.get(x) ?? 0)];
}

/** stacked returns the parts as heights, each standing on those after it: the first is the whole. */
function stacked(v: Counts, xs: number[], ys: number[]): number[][] {
  const parts = (v.parts ?? []).map((p) => {
    const byTime = new Map([...p.counts].map(([t, n]) => [Date.parse(t) / 1000, n]));
    return xs.map((x) => byTime.get(x) ?? 0);
  });
  const out = [ys];
  // A field with several values may count an event more than once: no part grows over the whole.
  for (let i = 0; i < parts.length; i++) out.push(xs.map((_, x) => Math.min(ys[x]!, parts.slice(i).reduce((sum, p) => sum + p[x]!, 0))));
  return out;
}

/** Histogram shows events over time. Dragging over it asks for a new range; the table says the same without a mouse. */
export function Histogram({ value, zone, onRange, by, onBy }: Props) {
  const [asTable, setAsTable] = useState(false);
  // Parts that stand on each other have no heights by a logarithm.
  const [scale, setScale] = usePreference("counts", ["linear", "log"]);
  const [xs, ys] = series(value);
  const layers = stacked(value, xs, ys);
  const peak = Math.max(0, ...ys);
  const step = value.step_seconds;
  const of = zoneName(zone, Date.parse(value.from), Date.parse(value.to));
  const about = `${value.total.toLocaleString("en")} ${value.total === 1 ? "event" : "events"} from ${stamp(Date.parse(value.from), zone)} to ${stamp(Date.parse(value.to), zone)}`;
  return (
    <section class="histogram" aria-label="Events over time">
      <p class="caption">
        <b>{value.total.toLocaleString("en")}</b> {value.total === 1 ? "event" : "events"}
        <span>{stamp(Date.parse(value.from), zone)} – {stamp(Date.parse(value.to), zone)} {of}</span>
        {step > 0 && <span>a bar is {span(step)}</span>}
        {by !== "" && (
          <span class="parts">
            by <b><Text value={by} limit={60} /></b>
            {value.parts?.map((p, i) => (
              <span key={p.name} class={"part s" + (i + 1)}><i /><Text value={p.name} limit={60} /></span>
            ))}
            {value.parts && <span class="part"><i />all else</span>}
            <button type="button" class="quiet" aria-label="No break-down" title="No break-down" onClick={() => onBy("")}>×</button>
          </span>
        )}
        <span class="space" />
        {!asTable && peak > 0 && by === "" && <button type="button" class="quiet" aria-pressed={scale === "log"} title="Heights by the logarithm: what is small stands beside what is large" onClick={() => setScale(scale === "log" ? "linear" : "log")}>Log scale</button>}
        <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "Chart" : "Table"}
        </button>
      </p>
      {asTable ? (
        <div class="counts" tabIndex={0} role="region" aria-label="Events over time, as a table">
          <table>
            <caption class="unseen">{about}</caption>
            <thead>
              <tr>
                <th scope="col">From ({of})</th><th scope="col">Events</th>
                {value.parts?.map((p) => <th key={p.name} scope="col" title={reveal(p.name)}><Text value={p.name} limit={40} /></th>)}<th scope="col">Range</th>
              </tr>
            </thead>
            <tbody>
              {xs.map((x, i) => ys[i]! > 0 && (
                <tr key={x}>
                  <td>{stamp(x * 1000, zone)}</td>
                  <td class="number">{ys[i]!.toLocaleString("en")}</td>
                  {value.parts?.map((p, k) => <td key={p.name} class="number">{(layers[k + 1]![i]! - (layers[k + 2]?.[i] ?? 0)).toLocaleString("en")}</td>)}
                  <td>
                    <button type="button" class="quiet" onClick={() => onRange(iso(x * 1000), iso((x + step) * 1000))}>
                      Only this<span class="unseen"> {span(step)} from {stamp(x * 1000, zone)}</span>
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Bars value={value} xs={xs} layers={layers} peak={peak} log={scale === "log" && by === ""} zone={zone} onRange={onRange} label={`${about}; at most ${peak.toLocaleString("en")} in ${span(step)}`} />
      )}
    </section>
  );
}

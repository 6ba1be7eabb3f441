import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Buckets } from "./api";
import { clock, day, iso, span, stamp, zoneName } from "./time";
import type { Zone } from "./time";

type Props = { value: Buckets; zone: Zone; theme: string; onRange: (from: string, to: string) => void };

/** series returns seconds and counts with no bucket left out, so that bars stand where their time is. */
function series(v: Buckets): [number[], number[]] {
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

/** Histogram is the only place that knows uPlot. Dragging over it asks for a new range; the table says the same without a mouse. */
export function Histogram({ value, zone, theme, onRange }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [asTable, setAsTable] = useState(false);
  const [xs, ys] = series(value);
  const peak = Math.max(0, ...ys);
  const step = value.step_seconds;
  const call = useRef(onRange);
  call.current = onRange;

  useEffect(() => {
    const el = host.current;
    if (!el) return;
    const colour = (name: string) => {
      el.style.color = `var(${name})`;
      const got = getComputedStyle(el).color;
      el.style.color = "";
      return got;
    };
    const ink = colour("--muted");
    const plot = new uPlot(
      {
        width: el.clientWidth,
        height: 92,
        padding: [6, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 4 } },
        scales: { x: { time: true, range: [Date.parse(value.from) / 1000, Date.parse(value.to) / 1000] }, y: { range: [0, Math.max(peak, 1)] } },
        series: [
          {},
          { fill: colour("--bar"), width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 40], align: 1 }) },
        ],
        tzDate: (s) => (zone === "utc" ? uPlot.tzDate(new Date(s * 1000), "Etc/UTC") : new Date(s * 1000)),
        axes: [
          {
            stroke: ink, size: 22, gap: 3, font: "11px system-ui, sans-serif", grid: { show: false }, ticks: { stroke: colour("--line"), size: 3 }, space: 90,
            values: (_u, splits, _a, _s, incr) =>
              splits.map((s, i) => {
                const ms = s * 1000;
                if (incr >= 86400) return day(ms, zone);
                const time = clock(ms, zone).slice(0, incr < 60 ? 8 : 5);
                const fresh = i === 0 || day(ms, zone) !== day(splits[i - 1]! * 1000, zone);
                return fresh ? `${day(ms, zone).slice(5)} ${time}` : time;
              }),
          },
          {
            stroke: ink, size: 48, gap: 4, font: "11px system-ui, sans-serif", grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false },
            space: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1e8, 1e9],
            values: (_u, splits) => splits.map((s) => (s >= 1e4 ? `${s / 1000}k` : s.toLocaleString("en"))),
          },
        ],
        hooks: {
          setSelect: [
            (u) => {
              if (u.select.width < 4) return;
              const a = u.posToVal(u.select.left, "x");
              const b = u.posToVal(u.select.left + u.select.width, "x");
              u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
              call.current(iso(a * 1000), iso(b * 1000));
            },
          ],
          setCursor: [
            (u) => {
              const tip = el.nextElementSibling as HTMLElement;
              const left = u.cursor.left ?? -1;
              const i = left < 0 ? -1 : Math.floor((u.posToVal(left, "x") - xs[0]!) / step);
              tip.hidden = ys[i] === undefined || step <= 0;
              if (tip.hidden) return;
              tip.textContent = `${stamp(xs[i]! * 1000, zone)} + ${span(step)}: ${ys[i]!.toLocaleString("en")}`;
              tip.style.left = `${Math.min(left + 60, el.clientWidth - tip.offsetWidth)}px`;
            },
          ],
        },
      },
      [xs, ys],
      el,
    );
    const sizes = new ResizeObserver(() => plot.setSize({ width: el.clientWidth, height: 92 }));
    sizes.observe(el);
    return () => {
      sizes.disconnect();
      plot.destroy();
    };
  }, [value, zone, theme, asTable]);

  const about = `${value.total.toLocaleString("en")} events from ${stamp(Date.parse(value.from), zone)} to ${stamp(Date.parse(value.to), zone)}`;
  return (
    <section class="histogram" aria-label="Events over time">
      <p class="caption">
        <b>{value.total.toLocaleString("en")}</b> {value.total === 1 ? "event" : "events"}
        <span>{stamp(Date.parse(value.from), zone)} – {stamp(Date.parse(value.to), zone)} {zoneName(zone)}</span>
        {step > 0 && <span>a bar is {span(step)}</span>}
        <button type="button" class="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? "Chart" : "Table"}
        </button>
      </p>
      {asTable ? (
        <div class="counts" tabIndex={0} role="region" aria-label="Events over time, as a table">
          <table>
            <caption class="unseen">{about}</caption>
            <thead>
              <tr><th scope="col">From ({zoneName(zone)})</th><th scope="col">Events</th><th scope="col">Range</th></tr>
            </thead>
            <tbody>
              {xs.map((x, i) => ys[i]! > 0 && (
                <tr key={x}>
                  <td>{stamp(x * 1000, zone)}</td>
                  <td class="number">{ys[i]!.toLocaleString("en")}</td>
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
        <div class="chart">
          <div ref={host} role="img" aria-label={`${about}; at most ${peak.toLocaleString("en")} in ${span(step)}`} />
          <div class="tip" hidden aria-hidden="true" />
        </div>
      )}
    </section>
  );
}

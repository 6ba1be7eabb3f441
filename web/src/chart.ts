// The only place that knows uPlot.

import uPlot from "uplot";
import type { Counts } from "./data";
import { clock, day, iso, span, stamp } from "./time";
import type { Zone } from "./time";

/** The colours of the parts, from the style: all else first. */
const inks = ["--bar", "--s1", "--s2", "--s3", "--s4", "--s5"];

/** colour returns what a name of the style is now: a canvas does not know names. */
function colour(el: HTMLElement, name: string): string {
  el.style.color = `var(${name})`;
  const got = getComputedStyle(el).color;
  el.style.color = "";
  return got;
}

type Bars = { value: Counts; xs: number[]; layers: number[][]; peak: number; zone: Zone; onRange: (from: string, to: string) => void };

/** drawBars draws counts over time into el, whose next sibling shows the bucket under the pointer; it returns what ends it. */
export function drawBars(el: HTMLElement, { value, xs, layers, peak, zone, onRange }: Bars): () => void {
  const ink = colour(el, "--muted");
  const step = value.step_seconds;
  const ys = layers[0]!;
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
          ...layers.map((_, i) => ({ fill: colour(el, inks[i]!), width: 0, points: { show: false }, paths: uPlot.paths.bars!({ size: [0.86, 40], align: 1 }) })),
        ],
        tzDate: (s) => (zone === "utc" ? uPlot.tzDate(new Date(s * 1000), "Etc/UTC") : new Date(s * 1000)),
        axes: [
          {
            stroke: ink, size: 22, gap: 3, font: "11px system-ui, sans-serif", grid: { show: false }, ticks: { stroke: colour(el, "--line"), size: 3 }, space: 90,
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
            stroke: ink, size: 48, gap: 4, font: "11px system-ui, sans-serif", grid: { stroke: colour(el, "--line"), width: 1 }, ticks: { show: false },
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
              onRange(iso(a * 1000), iso(b * 1000));
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
      [xs, ...layers],
      el,
    );
    const sizes = new ResizeObserver(() => plot.setSize({ width: el.clientWidth, height: 92 }));
    sizes.observe(el);
    return () => {
      sizes.disconnect();
      plot.destroy();
    };
}

type Graph = { columns: { name: string }[]; rows: unknown[][]; numbers: boolean[]; zone: Zone };

/** drawLines draws numbers over time into el; it returns what ends it. */
export function drawLines(el: HTMLElement, { columns, rows, numbers, zone }: Graph): () => void {
    const xs = [...new Set(rows.map((r) => Date.parse(String(r[0])) / 1000))].filter((x) => !Number.isNaN(x)).sort((a, b) => a - b);
    const at = new Map(xs.map((x, i) => [x, i]));
    const split = columns.findIndex((_, i) => i > 0 && !numbers[i]);
    const first = numbers.indexOf(true);
    const lines = new Map<string, (number | null)[]>();
    const put = (name: string, x: number, v: unknown) => {
      if (!lines.has(name) && lines.size >= inks.length - 1) return;
      const line = lines.get(name) ?? xs.map(() => null as number | null);
      lines.set(name, line);
      if (at.has(x)) line[at.get(x)!] = Number(v);
    };
    for (const r of rows) {
      const x = Date.parse(String(r[0])) / 1000;
      if (split > 0) put(String(r[split] ?? "null"), x, r[first]);
      else numbers.forEach((is, i) => is && put(columns[i]!.name, x, r[i]));
    }
    const ink = colour(el, "--muted");
    const plot = new uPlot(
      {
        width: el.clientWidth, height: 150, padding: [8, 8, 0, 0], legend: { show: false }, cursor: { y: false },
        series: [{}, ...[...lines.keys()].map((label, i) => ({ label, stroke: colour(el, inks[i + 1]!), width: 1.5, spanGaps: true, points: { show: xs.length < 60 } }))],
        tzDate: (s) => (zone === "utc" ? uPlot.tzDate(new Date(s * 1000), "Etc/UTC") : new Date(s * 1000)),
        axes: [{ stroke: ink, size: 24, grid: { show: false }, values: (_u, s) => s.map((x) => stamp(x * 1000, zone).slice(5, 16)), space: 110 }, { stroke: ink, size: 56, grid: { stroke: colour(el, "--line"), width: 1 } }],
      },
      [xs, ...lines.values()] as uPlot.AlignedData,
      el,
    );
    const sizes = new ResizeObserver(() => plot.setSize({ width: el.clientWidth, height: 150 }));
    sizes.observe(el);
    return () => (sizes.disconnect(), plot.destroy());
}

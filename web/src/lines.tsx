import { Text } from "./text";
import { countTicks, timeTicks } from "./ticks";
import { stamp } from "./time";
import type { Zone } from "./time";
import { useWidth } from "./width";

type Props = { columns: { name: string }[]; rows: unknown[][]; numbers: boolean[]; zone: Zone };

/** How many lines are drawn; the table beside them has the others. */
const most = 5;

const [left, right, top, height, axis] = [64, 12, 8, 150, 22];

/** split returns lines of points: one for each column of numbers, or, where a column holds text, one for each of its values. */
export function split(columns: { name: string }[], rows: unknown[][], numbers: boolean[]): Map<string, [number, number][]> {
  const by = columns.findIndex((_, i) => i > 0 && !numbers[i]);
  const out = new Map<string, [number, number][]>();
  const put = (name: string, ms: number, v: unknown) => {
    const n = Number(v);
    if (v === null || Number.isNaN(n) || Number.isNaN(ms)) return;
    if (!out.has(name)) out.set(name, []);
    out.get(name)!.push([ms, n]);
  };
  for (const r of rows) {
    const ms = Date.parse(String(r[0]));
    if (by > 0) put(String(r[by] ?? "null"), ms, r[numbers.indexOf(true)]);
    else numbers.forEach((is, i) => is && put(columns[i]!.name, ms, r[i]));
  }
  for (const points of out.values()) points.sort((a, b) => a[0] - b[0]);
  return out;
}

/** Lines draws the numbers of a table over time. The table says the same. */
export function Lines({ columns, rows, numbers, zone }: Props) {
  const [host, width] = useWidth();
  const all = split(columns, rows, numbers);
  const lines = [...all].slice(0, most);
  const points = lines.flatMap(([, p]) => p);
  const [from, to] = points.reduce(([a, b], [ms]) => [Math.min(a, ms), Math.max(b, ms)], [Infinity, -Infinity]);
  const [low, peak] = points.reduce(([a, b], [, n]) => [Math.min(a, n), Math.max(b, n)], [0, 0]);
  const [wide, high] = [Math.max(1, width - left - right), height - axis - top];
  const x = (ms: number) => left + (wide * (ms - from)) / Math.max(1, to - from);
  const y = (n: number) => top + high - (high * (n - low)) / (peak - low || 1);
  if (!(to > from)) return null; // one moment is no line
  const [moments, apart] = timeTicks(from, to, Math.max(1, Math.floor(wide / 110)), zone);
  return (
    <div class="histogram">
      <p class="parts">
        {lines.map(([n], i) => <span key={n} class={"part s" + (i + 1)}><i /><Text value={n === "null" ? "(none)" : n} limit={60} /></span>)}
        {all.size > most && <span class="aside">{all.size - most} more in the table</span>}
      </p>
      <div class="chart lines" ref={host}>
        <svg width={width} height={height} role="img" aria-label="The numbers of the table over time">
          {countTicks(peak, 4).map((n) => <g key={n}><path class="line" d={`M${left} ${y(n).toFixed(1)}H${left + wide}`} /><text x={left - 6} y={y(n) + 4} text-anchor="end">{n.toLocaleString("en", { notation: n >= 1e5 ? "compact" : "standard" })}</text></g>)}
          <path class="line" d={`M${left} ${y(0).toFixed(1)}H${left + wide}`} />
          {moments.map((ms) => <g key={ms}><path class="line" d={`M${x(ms).toFixed(1)} ${top + high}v4`} /><text x={x(ms)} y={height - 6} text-anchor={x(ms) > left + wide - 40 ? "end" : "middle"}>{stamp(ms, zone).slice(5, apart < 60 ? 19 : 16)}</text></g>)}
          {lines.map(([name, p], i) => (
            <g key={name} class={"l" + (i + 1)}>
              <path d={p.map(([ms, n], k) => `${k === 0 ? "M" : "L"}${x(ms).toFixed(1)} ${y(n).toFixed(1)}`).join("")} />
              {p.length < 60 && p.map(([ms, n]) => <circle key={ms} cx={x(ms)} cy={y(n)} r={2.5} />)}
            </g>
          ))}
        </svg>
      </div>
    </div>
  );
}

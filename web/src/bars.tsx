import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Counts } from "./data";
import { countTicks, powers, timeTicks } from "./ticks";
import { clock, day, iso, span, stamp } from "./time";
import type { Zone } from "./time";
import { useWidth } from "./width";

type Props = {
  value: Counts;
  /** Beginnings of the buckets in seconds. */
  xs: number[];
  /** Heights: the whole first, then what stands on top of it, each on those after it. */
  layers: number[][];
  peak: number;
  /** Heights by the logarithm of one more than the count, so that none is no height. */
  log: boolean;
  zone: Zone;
  label: string;
  onRange: (from: string, to: string) => void;
};

const left = 56;
const right = 8;
const top = 6;
const height = 92;
const axis = 22;

/** A pull shorter than this, in pixels, is a press. */
const least = 4;

/** Bars draws counts over time. Dragging over them asks for the range; the tip says what the bar under the pointer counts. */
export function Bars({ value, xs, layers, peak, log, zone, label, onRange }: Props) {
  const [host, width] = useWidth();
  const [pulled, setPulled] = useState<[number, number] | null>(null);
  const [at, setAt] = useState(-1);
  const [from, to] = [Date.parse(value.from), Date.parse(value.to)];
  const [wide, high] = [Math.max(1, width - left - right), height - axis - top];
  const x = (ms: number) => left + (wide * (ms - from)) / Math.max(1, to - from);
  const share = (n: number) => (log ? Math.log1p(n) / Math.log1p(Math.max(1, peak)) : n / Math.max(1, peak));
  const y = (n: number) => top + high - high * share(n);
  const when = (px: number) => from + ((Math.min(Math.max(px, left), left + wide) - left) * (to - from)) / wide;
  const step = value.step_seconds * 1000;
  const [moments, apart] = timeTicks(from, to, Math.max(1, Math.floor(wide / 90)), zone);
  const name = (ms: number, i: number) => {
    if (apart >= 86_400) return day(ms, zone);
    const time = clock(ms, zone).slice(0, apart < 60 ? 8 : 5);
    return i === 0 || day(ms, zone) !== day(moments[i - 1]!, zone) ? `${day(ms, zone).slice(5)} ${time}` : time;
  };
  /** path is all bars of a layer: one element, however many there are. */
  const path = (ys: number[]) =>
    ys.map((n, i) => {
      if (!(n > 0)) return "";
      const [a, b] = [Math.max(left, x(xs[i]! * 1000)), Math.min(left + wide, x(xs[i]! * 1000 + step))];
      const w = Math.max(1, Math.min(40, (b - a) * 0.86));
      return `M${a.toFixed(1)} ${y(0)}V${Math.min(y(n), y(0) - 1).toFixed(1)}h${w.toFixed(1)}V${y(0)}z`;
    }).join("");
  const pixel = (e: PointerEvent) => e.clientX - (e.currentTarget as Element).getBoundingClientRect().left;
  const move = (e: PointerEvent) => {
    const px = pixel(e);
    if (pulled) setPulled([pulled[0], px]);
    setAt(px < left || step <= 0 ? -1 : Math.floor((when(px) / 1000 - xs[0]!) / value.step_seconds));
  };
  const up = () => {
    if (pulled && Math.abs(pulled[1] - pulled[0]) >= least) {
      const [a, b] = pulled.map(when).sort((p, q) => p - q);
      onRange(iso(a!), iso(b!));
    }
    setPulled(null);
  };
  const count = layers[0]![at];
  return (
    <div class="chart" ref={host}>
      <svg width={width} height={height} role="img" aria-label={label}
        onPointerDown={(e) => {
          if (e.button !== 0) return;
          e.currentTarget.setPointerCapture(e.pointerId);
          setPulled([pixel(e), pixel(e)]);
        }}
        onPointerMove={move} onPointerUp={up} onPointerCancel={() => setPulled(null)} onPointerLeave={() => !pulled && setAt(-1)}>
        {/* The whole face takes the pointer, not the bars alone. */}
        <rect width={width} height={height} class="face" />
        {(log ? powers(peak) : countTicks(peak, 2)).map((n) => <g key={n}><path class="line" d={`M${left} ${y(n).toFixed(1)}H${left + wide}`} /><text x={left - 6} y={y(n) + 4} text-anchor="end">{n >= 1e4 ? `${n / 1000}k` : n.toLocaleString("en")}</text></g>)}
        {layers.map((ys, i) => <path key={i} class={"b" + i} d={path(ys)} />)}
        <path class="line" d={`M${left} ${y(0)}H${left + wide}`} />
        {moments.map((ms, i) => <g key={ms}><path class="line" d={`M${x(ms).toFixed(1)} ${y(0)}v4`} /><text x={x(ms)} y={height - 6} text-anchor={i === 0 && x(ms) < left + 34 ? "start" : x(ms) > left + wide - 34 ? "end" : "middle"}>{name(ms, i)}</text></g>)}
        {pulled && <rect class="pull" x={Math.max(left, Math.min(...pulled))} y={top} width={Math.abs(pulled[1] - pulled[0])} height={high} />}
      </svg>
      {count !== undefined && <Tip left={x(xs[at]! * 1000)} most={width} text={`${stamp(xs[at]! * 1000, zone)} + ${span(value.step_seconds)}: ${count.toLocaleString("en")}`} />}
    </div>
  );
}

function Tip({ left, most, text }: { left: number; most: number; text: string }) {
  const el = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    el.current!.style.left = `${Math.max(0, Math.min(left + 10, most - el.current!.offsetWidth))}px`;
  });
  return <div class="tip" ref={el} aria-hidden="true">{text}</div>;
}

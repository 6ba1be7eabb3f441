// Where the marks of an axis stand.

import type { Zone } from "./time";

const minute = 60;
const hour = 3600;
const days = 86_400;
const steps = [1, 2, 5, 10, 15, 30, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, days, 2 * days, 7 * days, 14 * days, 30 * days, 90 * days, 365 * days];

/** timeTicks returns at most `most` whole moments of the zone within [from, to], in milliseconds, and the seconds between them. */
export function timeTicks(from: number, to: number, most: number, zone: Zone): [number[], number] {
  const step = steps.find((s) => (to - from) / 1000 / s <= most) ?? steps.at(-1)!;
  const out: number[] = [];
  if (!(to > from)) return [out, step];
  if (step < days) {
    // Whole in the zone, which may be off by half an hour.
    const off = zone === "utc" ? 0 : -new Date(from).getTimezoneOffset() * minute;
    for (let s = Math.ceil((from / 1000 + off) / step) * step - off; s * 1000 <= to; s += step) out.push(s * 1000);
    return [out, step];
  }
  // Days are not all as long.
  const d = new Date(from);
  const n = step / days;
  const next = () => (zone === "utc" ? d.setUTCDate(d.getUTCDate() + n) : d.setDate(d.getDate() + n));
  if (zone === "utc") d.setUTCHours(24, 0, 0, 0);
  else d.setHours(24, 0, 0, 0);
  for (; d.getTime() <= to && out.length < 100; next()) out.push(d.getTime());
  return [out, step];
}

/** countTicks returns up to `most` round numbers within (0, peak]. */
export function countTicks(peak: number, most: number): number[] {
  let step = 1;
  const few = (s: number) => Math.floor(peak / s) <= most;
  for (let unit = 1; !few(step); unit *= 10) step = [1, 2, 5].map((m) => m * unit).find(few) ?? unit * 10;
  const out: number[] = [];
  for (let v = step; v <= peak; v += step) out.push(v);
  return out;
}

/** powers returns at most three powers of ten up to max, the largest among them: the marks of a logarithmic axis. */
export function powers(max: number): number[] {
  const most = Math.floor(Math.log10(Math.max(1, max)));
  const apart = Math.max(1, Math.ceil(most / 2));
  const out: number[] = [];
  for (let e = most; e >= 0 && out.length < 3; e -= apart) out.unshift(10 ** e);
  return out;
}

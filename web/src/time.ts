// Time as people read and write it, in UTC or the browser's zone.

export type Zone = "utc" | "local";

const two = (n: number) => String(n).padStart(2, "0");

function parts(ms: number, zone: Zone): [string, string, string] {
  const d = new Date(ms);
  return zone === "utc"
    ? [`${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`,
       `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`, String(d.getUTCMilliseconds()).padStart(3, "0")]
    : [`${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`,
       `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`, String(d.getMilliseconds()).padStart(3, "0")];
}

/** stamp returns `2026-11-23 09:14:03`, with `.123` if asked for. */
export function stamp(ms: number, zone: Zone, millis = false): string {
  if (Number.isNaN(ms)) return "";
  const [day, time, frac] = parts(ms, zone);
  return `${day} ${time}${millis ? "." + frac : ""}`;
}

/** clock returns `09:14:03`, day() `2026-11-23`. */
export const clock = (ms: number, zone: Zone) => parts(ms, zone)[1];
export const day = (ms: number, zone: Zone) => parts(ms, zone)[0];

const offset = (ms: number) => {
  const min = -new Date(ms).getTimezoneOffset();
  const abs = Math.abs(min);
  return `${min < 0 ? "−" : "+"}${two(Math.floor(abs / 60))}:${two(abs % 60)}`;
};

/** zoneName returns "UTC" or the local zone with its offset at a time, or with all that it has between two; without a time that of now. */
export function zoneName(zone: Zone, from = NaN, to = from): string {
  if (zone === "utc") return "UTC";
  const some = Number.isNaN(from + to) ? [Date.now()] : Array.from({ length: 9 }, (_, i) => from + ((to - from) * i) / 8);
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name === "UTC" ? "UTC (local)" : `${name} ${[...new Set(some.map(offset))].join(" to ")}`;
}

/** zoneShort is the zone without its name, for the head of a column. */
export const zoneShort = (zone: Zone, from?: number, to?: number) => zoneName(zone, from, to).replace(/^\S*\/\S* /, "");

/** iso returns RFC 3339 in UTC, which is what links and requests carry. */
export const iso = (ms: number) => new Date(ms).toISOString();

const relative = /^(?:now|(?=[-+]))(?:[-+]\d+[smhdw]|\/[smhdw])*$/;

/** isRelative reports whether a bound moves with the clock. */
export const isRelative = (bound: string) => relative.test(bound);

/** isBound reports whether an address's bound can be asked for. */
export const isBound = (bound: string) => !Number.isNaN(resolve(bound, 0));

/** readBound returns what a person typed as a bound of the API, or null if it is none. */
export function readBound(typed: string, zone: Zone): string | null {
  const s = typed.trim();
  if (relative.test(s)) return s.replace(/^now(?=[-+])/, "");
  const m = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:\d{2})?$/.exec(s);
  if (!m) return null;
  const [, y, mo, d, h = "00", mi = "00", sec = "00", frac = "", off] = m;
  const suffix = off ?? (zone === "utc" ? "Z" : "");
  const ms = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${sec}.${(frac + "000").slice(0, 3)}${suffix}`);
  return Number.isNaN(ms) ? null : iso(ms);
}

/** showBound returns a bound as it is written into a field. */
export function showBound(bound: string, zone: Zone): string {
  return isRelative(bound) ? bound : stamp(resolve(bound, 0), zone);
}

const units: Record<string, [number, string]> = { s: [1e3, "second"], m: [6e4, "minute"], h: [36e5, "hour"], d: [864e5, "day"], w: [6048e5, "week"] };

/** howFar says how far back a bound lies, `6 hours` for -6h; "" of one of another form. */
export function howFar(bound: string): string {
  const m = /^(?:now)?-0*([1-9]\d*)([smhdw])$/.exec(bound);
  return m ? `${m[1]} ${units[m[2]!]![1]}${m[1] === "1" ? "" : "s"}` : "";
}

/** sayBound says a bound in words; one of several steps as the time that it now is. */
export function sayBound(bound: string, zone: Zone): string {
  const far = howFar(bound);
  return far !== "" ? far + " ago" : bound === "now" ? bound : stamp(resolve(bound, Date.now()), zone);
}

/** showRange says a range in words. */
export function showRange(from: string, to: string, zone: Zone): string {
  const far = to === "now" ? howFar(from) : "";
  return far !== "" ? `Last ${far}` : `${sayBound(from, zone)} – ${sayBound(to, zone)}`;
}

/** resolve returns a bound as milliseconds, by this browser's clock; as the server reads it: without a zone it is UTC, and weeks begin on Mondays. */
export function resolve(bound: string, now: number): number {
  if (!isRelative(bound)) return Date.parse(bound.replace(/^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)$/, "$1T$2Z"));
  let ms = now;
  for (const [, op, n, unit] of bound.matchAll(/([-+/])(\d*)([smhdw])/g)) {
    const [size, monday] = [units[unit!]![0], unit === "w" ? 4 * 864e5 : 0];
    ms = op === "/" ? Math.floor((ms - monday) / size) * size + monday : ms + Number(op + n!) * size;
  }
  return ms;
}

/** span returns a duration in its largest fitting unit: `30 s`, `5 min`, `2 h`. */
export function span(s: number): string {
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} d`;
}

/** ago returns how long before now a time was, for a list that is refreshed often. */
export function ago(ms: number, now: number): string {
  if (Number.isNaN(ms)) return "";
  const s = Math.max(0, (now - ms) / 1000);
  return s < 5 ? "just now" : `${span(s)} ago`;
}

// The HTTP API as this page uses it.

export type Row = Record<string, unknown>;
export type FieldType = "keyword" | "text" | "wildcard" | "ip" | "long" | "float" | "boolean" | "date";
export type Field = { name: string; type: FieldType; array?: boolean; description?: string };
export type Hunt = { query: string; from: string; to: string };
export type Search = Hunt & { limit: number; order: "asc" | "desc"; fields: string[] };
export type Buckets = { from: string; to: string; step_seconds: number; total: number; buckets: { time: string; count: number }[] };
export type Values = { field: string; total: number; values: { value: unknown; count: number }[] };
/** Which alerts: those of rules that work, those of rules that are only tried out, or both. */
export type Mode = "live" | "shadow" | "all";
export type Level = "low" | "medium" | "high" | "critical";
export type Alert = {
  "alert.id": string;
  "rule.id": string;
  "rule.name"?: string;
  "rule.level"?: Level;
  "rule.query"?: string;
  /** Version of the rule as it was when it fired. */
  "rule.hash"?: string;
  "rule.mode"?: string;
  "event.severity"?: number;
  "event.start": string;
  "event.end": string;
  "@timestamp"?: string;
  count?: number;
  revision?: number;
  group?: Record<string, unknown>;
  "event.ids"?: string[];
  "threat.technique.id"?: string[];
  "alert.resolved"?: string;
  /** What the window reckoned: which of them, follows from the kind of window. */
  distinct?: number;
  approximate?: boolean;
  value?: number;
  baseline?: number;
  distance_km?: number;
  speed_kmh?: number;
  interval?: number;
  jitter?: number;
  values?: string[];
};
/** Rule is a rule in use; work is what it did where the process that answers detects, too. */
export type Rule = {
  id: string;
  name: string;
  level: string;
  mode: string;
  enabled: boolean;
  hash: string;
  file?: string;
  window?: string;
  exceptions: { expired: boolean }[];
  alerts: number;
  last_alert?: string;
  work?: { matches: number; errors: number; evaluations: number; microseconds: number; off?: string };
};
export type Position = { offset: number; line: number; column: number };

/** Problem is a refusal by the server (RFC 9457) or a connection that failed. */
export class Problem extends Error {
  constructor(readonly title: string, readonly detail: string, readonly status: number, readonly position?: Position) {
    super(detail || title);
  }
}

/** Longest line of a stream that is read: the original of an event may be 1 MiB, escaped up to six times that. */
const maxLine = 8 << 20;

async function ask(path: string, signal: AbortSignal, body?: unknown): Promise<Response> {
  let res: Response;
  try {
    res = await fetch(path, body === undefined
      ? { signal }
      : { signal, method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch (err) {
    if (signal.aborted) throw err;
    throw new Problem("Watchpost does not answer", "The connection failed. Is the process running?", 0);
  }
  if (res.ok) return res;
  const p = (await res.json().catch(() => ({}))) as { title?: string; detail?: string; position?: Position };
  throw new Problem(p.title ?? `HTTP ${res.status}`, p.detail ?? res.statusText, res.status, p.position);
}

/** search calls each with rows as they arrive and returns when the stream has ended whole. */
export async function search(req: Search, signal: AbortSignal, each: (rows: Row[]) => void): Promise<void> {
  const res = await ask("/api/v1/search", signal, req);
  const broken = (why: string) => new Problem("The answer broke off", `${why} The rows shown are not all.`, 0);
  const reader = res.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    let chunk: ReadableStreamReadResult<string>;
    try {
      chunk = await reader.read();
    } catch (err) {
      if (signal.aborted) throw err;
      throw broken("The connection was lost.");
    }
    if (chunk.done) break;
    const lines = (rest + chunk.value).split("\n");
    rest = lines.pop()!;
    if (rest.length > maxLine) throw broken("A line was too long.");
    if (lines.length > 0) each(lines.filter((l) => l !== "").map((l) => parse(l, broken)));
  }
  if (rest !== "") throw broken("The last line is not whole.");
}

function parse(line: string, broken: (why: string) => Problem): Row {
  try {
    return JSON.parse(line) as Row;
  } catch {
    throw broken("A line is not JSON.");
  }
}

export const histogram = async (h: Hunt, buckets: number, signal: AbortSignal) =>
  (await ask("/api/v1/histogram", signal, { ...h, buckets })).json() as Promise<Buckets>;

export const values = async (h: Hunt, field: string, limit: number, signal: AbortSignal) =>
  (await ask("/api/v1/values", signal, { ...h, field, limit })).json() as Promise<Values>;

export const fields = async (signal: AbortSignal) =>
  ((await (await ask("/api/v1/fields", signal)).json()) as { fields: Field[] | null }).fields ?? [];

export const alerts = async (from: string, mode: Mode, limit: number, signal: AbortSignal) =>
  ((await (await ask(`/api/v1/alerts?${new URLSearchParams({ from, to: "now", mode, limit: String(limit) })}`, signal)).json()) as {
    alerts: Alert[] | null;
  }).alerts ?? [];

export const rules = async (signal: AbortSignal) =>
  ((await (await ask("/api/v1/rules", signal)).json()) as { rules: Rule[] | null }).rules ?? [];

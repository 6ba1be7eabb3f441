// The HTTP API as this page uses it.

export type Row = Record<string, unknown>;
export type FieldType = "keyword" | "text" | "wildcard" | "ip" | "long" | "float" | "boolean" | "date";
export type Field = { name: string; type: FieldType; array?: boolean; description?: string };
export type Hunt = { query: string; from: string; to: string };
export type Search = Hunt & { limit: number; order: "asc" | "desc"; fields: string[]; after?: string; progress?: boolean };
export type Buckets = { from: string; to: string; step_seconds: number; total: number; buckets: { time: string; count: number }[] };
export type Values = { field: string; total: number; values: { value: unknown; count: number }[] };
/** Incident is alerts that tell of one user, host or address. */
export type Incident = {
  id: string; tenant?: string; status: string; level: Level; severity: number; first: string; last: string; count: number; events: number; alerts: string[];
  entities: { kind?: string; value?: string; alerts: number; links: boolean }[];
  rules: { id: string; name: string; level: string; alerts: number }[];
  /** Why each of its alerts is in it. */
  joined?: Joined[]; owners: string[]; tactics: string[]; techniques: string[];
};
export type Joined = { alert: string; by: { kind?: string; value?: string; how?: string }[] };
/** Which alerts: those of rules that work, those of rules that are only tried out, or both. */
export type Mode = "live" | "shadow" | "all";
export type Level = "informational" | "low" | "medium" | "high" | "critical";
export type Alert = {
  "alert.id": string;
  tenant?: string;
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
  "threat.technique.name"?: string[];
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
  /** What the people at the desk made of it; absent where the server keeps no such thing. */
  status?: string;
  owner?: string;
  class?: string;
  comments?: number;
  "threat.tactic.name"?: string[];
  /** What the lists say of hosts, addresses and users that it names: columns of assets.csv and identities.csv. */
  assets?: Record<string, string>[];
  identities?: Record<string, string>[];
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
  techniques?: string[];
  technique_names?: string[];
  exceptions: { match?: string; owner?: string; reason?: string; expires?: string; expired: boolean }[];
  alerts: number;
  last_alert?: string;
  work?: { matches: number; errors: number; evaluations: number; microseconds: number; off?: string };
};
export type Position = { offset: number; line: number; column: number };

/** Problem is a refusal by the server (RFC 9457) or a connection that failed. */
export class Problem extends Error {
  constructor(readonly title: string, readonly detail: string, readonly status: number, readonly position?: Position, readonly more: Record<string, unknown> = {}) {
    super(detail || title);
  }
}

/** Longest line of a stream that is read: the original of an event may be 1 MiB, its message as much, each escaped up to six times that. */
const maxLine = 32 << 20;

/** A body makes a request a POST, unless it says otherwise. What is asked twice with one key is done once; what has the tag still is answered with 304. */
export type Ask = { body?: unknown; method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; key?: string; tag?: string };

/** signedOut is told when the server wants a log-in. */
export const signedOut = new EventTarget();

/** ask sends one request below /api/v1 and returns the answer, or throws a Problem. */
export async function ask(path: string, signal: AbortSignal | undefined, { body, method = body === undefined ? "GET" : "POST", key, tag }: Ask = {}): Promise<Response> {
  let res: Response;
  try {
    // Whatever changes something carries JSON: no form of another site can send that.
    res = await fetch("/api/v1" + path, method === "GET"
      ? { signal, headers: tag ? { "If-None-Match": tag } : {} }
      : { signal, method, headers: { "Content-Type": "application/json", ...(key ? { "Idempotency-Key": key } : {}) }, body: JSON.stringify(body ?? {}) });
  } catch (err) {
    if (signal?.aborted) throw err;
    throw new Problem("Watchpost does not answer", "The connection failed. Is the process running?", 0);
  }
  if (res.ok || (tag && res.status === 304)) return res;
  // Without the challenge it refuses a password or a code that was given, and nobody is logged out.
  if (res.status === 401 && res.headers.has("WWW-Authenticate")) signedOut.dispatchEvent(new Event("out"));
  const p = (await res.json().catch(() => ({}))) as { title?: string; detail?: string; position?: Position } & Record<string, unknown>;
  throw new Problem(p.title ?? `HTTP ${res.status}`, p.detail ?? res.statusText, res.status, p.position, p);
}

/** get and send ask for JSON. */
export const get = async <T>(path: string, signal?: AbortSignal) => (await (await ask(path, signal)).json()) as T;
export const send = async <T>(path: string, body: unknown, signal?: AbortSignal, method?: Ask["method"]): Promise<T> => {
  const res = await ask(path, signal, { body, method });
  return (res.headers.get("Content-Type")?.includes("json") ? await res.json() : undefined) as T;
};

/** Keys of what was asked to be made and not answered well, by what was asked. */
const open = new Map<string, string>();

/** create makes something. Asked again after a lost answer, the same makes it no second time. */
export async function create<T>(path: string, body: unknown): Promise<T> {
  const what = path + JSON.stringify(body);
  // randomUUID is only there over HTTPS and on this machine.
  const key = open.get(what) ?? Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, "0")).join("");
  open.set(what, key);
  const made = (await (await ask(path, undefined, { body, key })).json()) as T;
  open.delete(what);
  return made;
}

/** lines reads an NDJSON stream and calls each with the rows of a chunk. */
export async function lines(res: Response, signal: AbortSignal, each: (rows: Row[]) => void): Promise<void> {
  const broken = (why: string) => new Problem("The answer broke off", `${why} The rows shown are not all.`, 0);
  const reader = res.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      let chunk: ReadableStreamReadResult<string>;
      try {
        chunk = await reader.read();
      } catch (err) {
        if (signal.aborted) throw err;
        throw broken("The connection was lost.");
      }
      if (chunk.done) break;
      rest += chunk.value;
      if (rest.length > maxLine) throw broken("A line was too long.");
      if (!chunk.value.includes("\n")) continue;
      const whole = rest.split("\n");
      rest = whole.pop()!;
      each(whole.filter((l) => l !== "").map((l) => parse(l, broken)));
    }
    if (rest !== "") throw broken("The last line is not whole.");
  } finally {
    reader.cancel().catch(() => undefined); // what is not read is not sent
  }
}

function parse(line: string, broken: (why: string) => Problem): Row {
  try {
    return JSON.parse(line) as Row;
  } catch {
    throw broken("A line is not JSON.");
  }
}

/** search calls each with rows as they arrive and returns when the stream has ended whole. */
export const search = async (req: Search, signal: AbortSignal, each: (rows: Row[]) => void) =>
  lines(await ask("/search", signal, { body: req }), signal, each);

export const histogram = (h: Hunt, buckets: number, signal: AbortSignal) => send<Buckets>("/histogram", { ...h, buckets }, signal);

export const values = (h: Hunt, field: string, limit: number, signal: AbortSignal) => send<Values>("/values", { ...h, field, limit }, signal);

export const fields = async (signal: AbortSignal) => (await get<{ fields: Field[] | null }>("/fields", signal)).fields ?? [];

/** alerts lists alerts; what the list was when it had the tag is not sent again, and null. */
export async function alerts(filter: Record<string, string>, signal: AbortSignal, tag = "") {
  const res = await ask("/alerts?" + new URLSearchParams(filter), signal, { tag });
  return {
    tag: res.headers.get("ETag") ?? "",
    found: res.status === 304 ? null : ((await res.json()) as { alerts: Alert[] | null; counts?: Record<string, number>; levels?: Record<string, Record<string, number>>; incident?: Incident }),
  };
}

export const rules = async (signal: AbortSignal) => (await get<{ rules: Rule[] | null }>("/rules", signal)).rules ?? [];

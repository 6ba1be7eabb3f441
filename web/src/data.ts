// What the server knows, as hooks: each asks, cancels what it no longer needs, and says how it went.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import * as api from "./api";
import type { Alert, Buckets, Field, Hunt, Incident, Row, Search, Values } from "./api";
import { Problem } from "./api";
import { takes } from "./features";

export const asProblem = (err: unknown) =>
  err instanceof Problem ? err : new Problem("The page failed", err instanceof Error ? err.message : String(err), 0);

/** Progress is how far the engine has read, where it says so. */
export type Progress = { read_rows: number; total_rows: number; read_bytes: number; elapsed_ms: number };

export type Rows = {
  rows: Row[];
  state: "running" | "done" | "cancelled" | "failed";
  problem?: Problem;
  took: number;
  progress?: Progress;
  /** Why the rows are not all, where the server ended before it had read all. */
  partial?: string;
};

/** pageRows is how many rows one request may ask for. */
const pageRows = 10_000;

/** cursorOf names the place of a row in the order of a search: its time in nanoseconds, and its id. */
export function cursorOf(row: Row | undefined): string {
  const m = /^(.*?T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(String(row?.["@timestamp"] ?? ""));
  const ms = m ? Date.parse(m[1] + "Z") : NaN;
  if (!m || Number.isNaN(ms)) return "";
  return `${BigInt(ms) * 1_000_000n + BigInt((m[2] ?? "").padEnd(9, "0"))}.${String(row!["event.id"])}`;
}

/** useRows runs a search and yields its rows as they arrive; many rows are asked for page by page. */
export function useRows(req: Search, turn: number, still: boolean): [Rows, () => void] {
  const [rows, setRows] = useState<Rows>({ rows: [], state: "running", took: 0 });
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    if (still) return;
    const ctl = new AbortController();
    abort.current = ctl;
    const begun = performance.now();
    const got: Row[] = [];
    let gone = false;
    let progress: Progress | undefined;
    let partial: string | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Rows are shown at most ten times a second: drawing must not be what slows the stream.
    const show = () => {
      timer = undefined;
      setRows({ rows: got.slice(), state: "running", took: performance.now() - begun, progress });
    };
    const end = (state: Rows["state"], problem?: Problem) => {
      clearTimeout(timer);
      setRows({ rows: got, state, problem, took: performance.now() - begun, progress, partial });
    };
    const take = (more: Row[]) => {
      if (gone) return; // what had come when another search began
      for (const r of more) {
        if (r["_progress"]) progress = r["_progress"] as Progress;
        else if (r["_end"]) {
          const e = r["_end"] as { complete?: boolean; reason?: string };
          if (e.complete === false) partial = e.reason || "the search ended before it had read all";
        } else got.push(r);
      }
      timer ??= setTimeout(show, got.length < 100 ? 0 : 100);
    };
    const all = async () => {
      const more = takes("/search", "progress") ? { progress: true } : {};
      for (let after = ""; ; ) {
        const had = got.length;
        const limit = Math.min(req.limit - had, pageRows);
        await api.search({ ...req, ...more, limit, ...(after === "" ? {} : { after }) }, ctl.signal, take);
        after = cursorOf(got.at(-1));
        if (got.length - had < limit || got.length >= req.limit || after === "" || partial !== undefined) return;
      }
    };
    setRows((old) => ({ ...old, state: "running", problem: undefined, partial: undefined, progress: undefined }));
    all()
      .then(() => gone || end("done"))
      .catch((err) => {
        if (!gone) ctl.signal.aborted ? end("cancelled") : end("failed", asProblem(err));
      });
    return () => {
      gone = true;
      clearTimeout(timer);
      ctl.abort();
    };
  }, [req.query, req.from, req.to, req.limit, req.order, req.fields.join(), turn, still]);
  return [rows, useCallback(() => abort.current?.abort(), [])];
}

export type Answer<T> = { value?: T; problem?: Problem; busy: boolean; /** Ends the question that is asked now. */ cancel: () => void };

/**
 * useAnswer asks again whenever key changes; the last value stays until the next comes. Where it is said what the value is of, that of something else is not shown, and one that
 * could not be brought up to date stays beside the problem.
 */
export function useAnswer<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>, of?: string): Answer<T> {
  const [answer, setAnswer] = useState<Omit<Answer<T>, "cancel"> & { of?: string }>({ busy: true, of });
  const asked = useRef<AbortController | undefined>(undefined);
  const cancel = useCallback(() => asked.current?.abort(), []);
  useEffect(() => {
    if (key === null) return;
    const ctl = new AbortController();
    asked.current = ctl;
    let gone = false;
    setAnswer((old) => ({ ...old, busy: true }));
    load(ctl.signal).then(
      (value) => !ctl.signal.aborted && setAnswer({ value, busy: false, of }),
      (err) => !gone && setAnswer((old) => ({ value: of !== undefined && old.of === of ? old.value : undefined, problem: ctl.signal.aborted ? new Problem("Cancelled", "It was cancelled.", 0) : asProblem(err), busy: false, of })),
    );
    return () => ((gone = true), ctl.abort());
  }, [key]);
  return { ...(answer.of === of ? answer : { busy: true }), cancel };
}

const huntKey = (h: Hunt, turn: number) => JSON.stringify([h.query, h.from, h.to, turn]);

/** Counts are a histogram, broken down by the most frequent values of a field where one is named. */
export type Counts = Buckets & { parts?: { name: string; counts: Map<string, number> }[] };

/** How many values of a field a histogram tells apart. */
const mostParts = 5;

export const useHistogram = (h: Hunt, buckets: number, by: string, part: (value: unknown) => string, turn: number, still: boolean): Answer<Counts> =>
  useAnswer(still ? null : by + huntKey(h, turn), async (signal) => {
    const [all, top] = await Promise.all([
      api.histogram(h, buckets, signal),
      by === "" ? undefined : api.values(h, by, mostParts, signal).catch(() => undefined),
    ]);
    if (!top) return all;
    // The same range for every part: one that moves with the clock would give other buckets.
    const fixed = { from: all.from, to: all.to };
    const parts = await Promise.all(
      top.values.map(async (v) => {
        const query = part(v.value);
        if (query === "") return [];
        const b = await api.histogram({ ...fixed, query }, buckets, signal);
        return [{ name: String(v.value), counts: new Map(b.buckets.map((x) => [x.time, x.count])) }];
      }),
    );
    return { ...all, parts: parts.flat() };
  });

export const useValues = (h: Hunt, field: string, turn: number, limit = 10): Answer<Values> =>
  useAnswer(field + huntKey(h, turn), (signal) => api.values(h, field, limit, signal));

export const useFields = (): Answer<Field[]> => useAnswer("fields", api.fields);

/** useEvent returns one event with all its fields. */
export function useEvent(id: string, h: Omit<Hunt, "query">, query: string): Answer<Row | null> {
  return useAnswer(id === "" ? null : id, async (signal) => {
    let found: Row | null = null;
    await api.search({ query, ...h, limit: 1, order: "desc", fields: [] }, signal, (rows) => (found ??= rows[0] ?? null));
    return found;
  });
}

/** How many alerts are of a status and a level. */
export type Levels = Record<string, Record<string, number>>;

export type Alerts = { list: Alert[]; incident?: Incident; counts?: Record<string, number>; levels?: Levels; problem?: Problem; loaded: boolean; at: number; key: string };

const none: Alert[] = [];

/** useAlerts asks for alerts every `every` milliseconds while the page is visible; with 0 never. */
export function useAlerts(filter: Record<string, string>, every: number, turn = 0): Alerts {
  const key = JSON.stringify(filter);
  const last = useRef({ key: "", tag: "", stamp: "", list: [] as Alert[] });
  const [alerts, setAlerts] = useState<Alerts>({ list: [], loaded: false, at: Date.now(), key });
  useEffect(() => {
    const ctl = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    const ask = async () => {
      clearTimeout(timer);
      if (every === 0 || asking || document.visibilityState === "hidden") return;
      asking = true;
      try {
        const { tag, found } = await api.alerts(filter, ctl.signal, last.current.key === key ? last.current.tag : "");
        if (!found) setAlerts((old) => ({ ...old, problem: undefined, at: Date.now() }));
        else {
          const stamp = JSON.stringify(found.alerts);
          // What has not changed keeps its identity: hundreds of rows need not be drawn again.
          const list = stamp === last.current.stamp ? last.current.list : (found.alerts ?? []);
          last.current = { key, tag, stamp, list };
          setAlerts({ list, incident: found.incident, counts: found.counts, levels: found.levels, loaded: true, at: Date.now(), key });
        }
      } catch (err) {
        if (!ctl.signal.aborted) setAlerts((old) => ({ ...(old.key === key ? old : { ...old, list: none, incident: undefined, key }), problem: asProblem(err), loaded: true, at: Date.now() }));
      }
      asking = false;
      if (!ctl.signal.aborted) timer = setTimeout(ask, every);
    };
    void ask();
    document.addEventListener("visibilitychange", ask);
    return () => {
      ctl.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", ask);
    };
  }, [key, every, turn]);
  // What was asked for before is not what is asked for now; its counts stand until the new ones come.
  return alerts.key === key ? alerts : { ...alerts, list: none, incident: undefined, problem: undefined, loaded: false, key };
}

// What the server knows, as hooks: each asks, cancels what it no longer needs, and says how it went.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import * as api from "./api";
import type { Alert, Buckets, Field, Hunt, Mode, Row, Search, Values } from "./api";
import { Problem } from "./api";

const asProblem = (err: unknown) =>
  err instanceof Problem ? err : new Problem("The page failed", err instanceof Error ? err.message : String(err), 0);

export type Rows = { rows: Row[]; state: "running" | "done" | "cancelled" | "failed"; problem?: Problem; took: number };

/** useRows runs a search and yields its rows as they arrive. */
export function useRows(req: Search, turn: number): [Rows, () => void] {
  const [rows, setRows] = useState<Rows>({ rows: [], state: "running", took: 0 });
  const abort = useRef<AbortController | undefined>(undefined);
  useEffect(() => {
    const ctl = new AbortController();
    abort.current = ctl;
    const begun = performance.now();
    const got: Row[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    // Rows are shown at most ten times a second: drawing must not be what slows the stream.
    const show = () => {
      timer = undefined;
      setRows({ rows: got.slice(), state: "running", took: performance.now() - begun });
    };
    const end = (state: Rows["state"], problem?: Problem) => {
      clearTimeout(timer);
      setRows({ rows: got, state, problem, took: performance.now() - begun });
    };
    let gone = false;
    setRows((old) => ({ ...old, state: "running", problem: undefined }));
    api
      .search(req, ctl.signal, (more) => {
        for (const r of more) got.push(r);
        timer ??= setTimeout(show, got.length < 100 ? 0 : 100);
      })
      .then(() => end("done"))
      .catch((err) => {
        if (!gone) ctl.signal.aborted ? end("cancelled") : end("failed", asProblem(err));
      });
    return () => {
      gone = true;
      clearTimeout(timer);
      ctl.abort();
    };
  }, [req.query, req.from, req.to, req.limit, req.order, req.fields, turn]);
  return [rows, useCallback(() => abort.current?.abort(), [])];
}

export type Answer<T> = { value?: T; problem?: Problem; busy: boolean };

/** useAnswer asks again whenever key changes; the last value stays until the next comes. */
export function useAnswer<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ busy: true });
  useEffect(() => {
    if (key === null) return;
    const ctl = new AbortController();
    setAnswer((old) => ({ ...old, busy: true }));
    load(ctl.signal).then(
      (value) => !ctl.signal.aborted && setAnswer({ value, busy: false }),
      (err) => !ctl.signal.aborted && setAnswer({ problem: asProblem(err), busy: false }),
    );
    return () => ctl.abort();
  }, [key]);
  return answer;
}

const huntKey = (h: Hunt, turn: number) => JSON.stringify([h.query, h.from, h.to, turn]);

export const useHistogram = (h: Hunt, buckets: number, turn: number): Answer<Buckets> =>
  useAnswer(huntKey(h, turn), (signal) => api.histogram(h, buckets, signal));

export const useValues = (h: Hunt, field: string, turn: number): Answer<Values> =>
  useAnswer(field + huntKey(h, turn), (signal) => api.values(h, field, 10, signal));

export const useFields = (): Answer<Field[]> => useAnswer("fields", api.fields);

/** useEvent returns one event with all its fields. */
export function useEvent(id: string, h: Omit<Hunt, "query">, query: string): Answer<Row | null> {
  return useAnswer(id === "" ? null : id, async (signal) => {
    let found: Row | null = null;
    await api.search({ query, ...h, limit: 1, order: "desc", fields: [] }, signal, (rows) => (found ??= rows[0] ?? null));
    return found;
  });
}

export type Alerts = { list: Alert[]; problem?: Problem; loaded: boolean; at: number; mode: Mode };

/** useAlerts asks for alerts every `every` milliseconds while the page is visible. */
export function useAlerts(since: string, mode: Mode, every: number): Alerts {
  const [alerts, setAlerts] = useState<Alerts>({ list: [], loaded: false, at: Date.now(), mode });
  useEffect(() => {
    const ctl = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    const ask = async () => {
      clearTimeout(timer);
      if (asking || document.visibilityState === "hidden") return;
      asking = true;
      try {
        const list = await api.alerts(since, mode, 200, ctl.signal);
        setAlerts({ list, loaded: true, at: Date.now(), mode });
      } catch (err) {
        if (!ctl.signal.aborted) setAlerts((old) => ({ ...old, problem: asProblem(err), loaded: true, at: Date.now() }));
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
  }, [since, mode, every]);
  return alerts;
}

// The address is the state: every link can be shared, and the back button works.

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Hunt, Mode } from "./api";
import { isBound, isRelative } from "./time";

export type Place = Hunt & {
  view: (typeof views)[number];
  /** event.id of the event shown whole, or "". */
  selected: string;
  limit: number;
  order: "asc" | "desc";
  /** How far back the alerts list looks. */
  since: string;
  /** Which alerts the list shows. */
  mode: Mode;
};

const views = ["hunt", "alerts", "rules"] as const;
export const modes: Mode[] = ["live", "shadow", "all"];
export const limits = [500, 2000, 10000];
const start: Place = { view: "hunt", query: "", from: "-1h", to: "now", selected: "", limit: limits[0]!, order: "desc", since: "-24h", mode: "live" };

export function readPlace(address: string): Place {
  const p = new URLSearchParams(address);
  const limit = Number(p.get("limit"));
  const read = (key: "from" | "to" | "since", fits: (bound: string) => boolean) => {
    const bound = p.get(key) ?? "";
    return fits(bound) ? bound : start[key];
  };
  return {
    view: views.find((v) => v === p.get("view")) ?? start.view,
    query: p.get("query") ?? start.query,
    from: read("from", isBound),
    to: read("to", isBound),
    selected: p.get("selected") ?? "",
    limit: limits.includes(limit) ? limit : start.limit,
    order: p.get("order") === "asc" ? "asc" : "desc",
    since: read("since", isRelative),
    mode: modes.find((m) => m === p.get("mode")) ?? start.mode,
  };
}

/** href returns the address of a place, without what is usual. */
export function href(p: Place): string {
  const out = new URLSearchParams();
  for (const key of ["view", "query", "from", "to", "limit", "order", "since", "mode", "selected"] as const) {
    if (p[key] !== start[key]) out.set(key, String(p[key]));
  }
  const s = out.toString();
  return s === "" ? "/" : "/?" + s;
}

export type Go = (patch: Partial<Place>, replace?: boolean) => void;

export function usePlace(): [Place, Go] {
  const [place, setPlace] = useState(() => readPlace(location.search));
  useEffect(() => {
    const back = () => setPlace(readPlace(location.search));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  const go = useCallback<Go>((patch, replace) => {
    const next = { ...readPlace(location.search), ...patch };
    const to = href(next);
    if (to !== href(readPlace(location.search))) {
      if (replace) history.replaceState(null, "", to);
      else history.pushState(null, "", to);
    }
    setPlace(next);
  }, []);
  return [place, go];
}

// The address is the state: every link can be shared, and the back button works.

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Hunt, Mode } from "./api";
import { isBound, isRelative } from "./time";

export const views = ["hunt", "alerts", "entity", "cases", "packs", "sources", "rules", "admin"] as const;
export type View = (typeof views)[number];

export type Place = Hunt & {
  view: View;
  /** event.id of the event shown whole, or "". */
  selected: string;
  limit: number;
  order: "asc" | "desc";
  /** Names of the fields shown as columns, with commas between them; "" for the usual ones. */
  cols: string;
  /** Field that breaks the histogram down, or "". */
  by: string;
  /** Conditions that are switched off, as JSON; "" for none. */
  off: string;
  /** How far back the alerts list looks. */
  since: string;
  /** Which alerts the list shows. */
  mode: Mode;
  status: string;
  owner: string;
  level: string;
  /** What of a view is shown: of a hunt "live" or "sql", of alerts "incidents" or "coverage", of rules and administration a part. */
  tab: string;
  /** id of the alert, the rule, the investigation or the hunt that is shown, or "". */
  id: string;
  /** The entity of an entity page. */
  kind: string;
  /** And its value; with tab "sql", the statement. */
  value: string;
  /** id of the rule whose alerts are listed, or "". */
  rule: string;
  /** id of the incident whose alerts are listed, or "". */
  incident: string;
};

export const modes: Mode[] = ["live", "shadow", "all"];
export const limits = [500, 2000, 10000, 100000];
const start: Place = {
  view: "hunt", query: "", from: "-1h", to: "now", selected: "", limit: limits[0]!, order: "desc", cols: "", by: "", off: "",
  since: "-24h", mode: "live", status: "", owner: "", level: "", tab: "", id: "", kind: "", value: "", rule: "", incident: "",
};

/** fresh is what a move to another view forgets. */
export const fresh: Partial<Place> = { tab: "", id: "", kind: "", value: "", rule: "", incident: "", selected: "" };

const keys = Object.keys(start) as (keyof Place)[];
const longest = 16384;

export function readPlace(address: string): Place {
  const p = new URLSearchParams(address);
  const text = (key: keyof Place) => (p.get(key) ?? "").slice(0, longest);
  const limit = Number(p.get("limit"));
  const bound = (key: "from" | "to" | "since", fits: (bound: string) => boolean) => (fits(text(key)) ? text(key) : start[key]);
  const out: Place = { ...start };
  for (const key of ["query", "selected", "cols", "by", "off", "status", "owner", "level", "tab", "id", "kind", "value", "rule", "incident"] as const) out[key] = text(key);
  return {
    ...out,
    view: views.find((v) => v === p.get("view")) ?? start.view,
    from: bound("from", isBound),
    to: bound("to", isBound),
    limit: limits.includes(limit) ? limit : start.limit,
    order: p.get("order") === "asc" ? "asc" : "desc",
    since: bound("since", isRelative),
    mode: modes.find((m) => m === p.get("mode")) ?? start.mode,
  };
}

/** href returns the address of a place, without what is usual. */
export function href(p: Place): string {
  const out = new URLSearchParams();
  for (const key of keys) if (p[key] !== start[key]) out.set(key, String(p[key]));
  const s = out.toString();
  return s === "" ? "/" : "/?" + s;
}

/** at returns where a patch leads from the start: what the rest of the place was does not matter there. */
export const at = (patch: Partial<Place>): Place => ({ ...start, ...patch });

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

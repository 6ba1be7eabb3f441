// Which fields the table of events shows, and how wide.

import { useCallback, useState } from "preact/hooks";
import type { Field, Row } from "./api";
import { plain } from "./text";

const own = ["host.name", "event.dataset", "event.action", "event.outcome", "user.name", "source.ip", "message"];
let usual = own;

/** showTenants puts the tenant before the usual columns, for those who see several. */
export function showTenants(several: boolean): void {
  usual = several ? ["tenant", ...own] : own;
}

const names: Record<string, string> = {
  "@timestamp": "Time", tenant: "Tenant", "host.name": "Host", "event.dataset": "Dataset", "event.action": "Action", "event.outcome": "Outcome",
  "user.name": "User", "source.ip": "Source", message: "Message",
};

/** nameOf returns what stands over a column. */
export const nameOf = (field: string) => names[field] ?? field;

const most = 24;

/** columnsOf returns the fields of an address's columns; the time always stands first. */
export function columnsOf(cols: string): string[] {
  const chosen = cols === "" ? usual : cols.split(",").filter((f) => f !== "" && f !== "@timestamp");
  return ["@timestamp", ...new Set(chosen)].slice(0, most);
}

const gist = ["destination.ip", "destination.port", "process.name", "url.original"];

/** What an event without a message, as those of most clouds, is about besides. */
const facts = ["user.target.name", "group.name", "rule.name", "file.path", "email.subject", "dns.question.name", "event.reason", "event.provider"];

/** fieldsOf returns the fields to ask for: those of the columns, and those of gistOf. */
export function fieldsOf(cols: string): string[] {
  const columns = columnsOf(cols);
  return ["event.id", ...new Set(columns.includes("message") ? [...columns, ...gist, ...facts] : columns)];
}

/** gistOf says in short what an event without a message, or with one of keys and values, is about, by fields that have no column; "" where the message speaks for itself. */
export function gistOf(row: Row, columns: string[]): string {
  const message = plain(row["message"]);
  if (message !== "" && (message.slice(0, 4000).match(/\w=\S/g)?.length ?? 0) < 5) return "";
  const [ip, port, ...rest] = (message === "" ? [...gist, ...facts] : gist).map((f) => (columns.includes(f) ? "" : plain(row[f])));
  return [ip && `→ ${ip}${port && ":" + port}`, ...new Set(rest)].filter((p) => p !== "").join(" · ");
}

/** colsOf is what an address holds for columns. */
export function colsOf(columns: string[]): string {
  const chosen = columns.filter((f) => f !== "@timestamp");
  return chosen.join() === usual.join() ? "" : chosen.join();
}

/** toggled returns the address's columns with one more, or one less. */
export function toggled(cols: string, field: string): string {
  const have = columnsOf(cols);
  // What is long stays last: a field is put before the message.
  const at = have.at(-1) === "message" ? have.length - 1 : have.length;
  return colsOf(have.includes(field) ? have.filter((f) => f !== field) : have.toSpliced(at, 0, field));
}

/** moved returns columns with one moved before another's place. */
export function moved(columns: string[], from: number, to: number): string[] {
  if (from < 1 || to < 1 || from >= columns.length || to >= columns.length) return columns;
  const rest = columns.toSpliced(from, 1);
  return rest.toSpliced(to, 0, columns[from]!);
}

export const least = 48;
const usualWidths: Record<string, number> = {
  "@timestamp": 166, tenant: 88, "host.name": 104, "event.dataset": 100, "event.action": 108, "event.outcome": 76, "user.name": 84, "source.ip": 116, message: 250,
};

/** A wide screen has larger letters (style.css). */
const wide = globalThis.matchMedia?.("(min-width: 2200px)") ?? { matches: false };

/** widthOf returns a column's width in CSS pixels where nobody chose one. */
export function widthOf(field: string, types: Map<string, Field>): number {
  const type = types.get(field)?.type;
  const own = usualWidths[field] ?? (type === "long" || type === "float" || type === "boolean" ? 96 : type === "text" || type === "wildcard" ? 320 : type === "ip" ? 118 : 150);
  return wide.matches ? Math.round(own * 1.15) : own;
}

const store = "widths";

/** useWidths keeps the widths that were chosen in this browser. */
export function useWidths(): [Record<string, number>, (field: string, width: number) => void] {
  const [widths, setWidths] = useState<Record<string, number>>(() => {
    try {
      const kept = JSON.parse(localStorage.getItem(store) ?? "{}") as Record<string, unknown>;
      return Object.fromEntries(Object.entries(kept).filter((e): e is [string, number] => typeof e[1] === "number" && e[1] >= least && e[1] <= 2000));
    } catch {
      return {};
    }
  });
  const keep = useCallback((field: string, width: number) => {
    setWidths((old) => {
      const next = { ...old, [field]: Math.min(2000, Math.max(least, Math.round(width))) };
      try {
        localStorage.setItem(store, JSON.stringify(next));
      } catch {
        // A private window may refuse; the widths then last as long as the page.
      }
      return next;
    });
  }, []);
  return [widths, keep];
}

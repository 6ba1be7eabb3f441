import type { ComponentChildren } from "preact";
import { label, marks } from "./hidden";

/** Text longer than this is cut in a cell; a detail shows more on demand. */
export const cellLimit = 1000;

/**
 * Text draws what came from a log: text nodes only, with control, ANSI and bidi characters as visible tokens.
 * `lines` keeps line feeds as line breaks behind their token.
 */
export function Text({ value, limit = cellLimit, lines }: { value: string; limit?: number; lines?: boolean }) {
  const cut = value.length > limit ? value.slice(0, limit) : value;
  const out: ComponentChildren[] = [];
  let from = 0;
  for (const m of cut.matchAll(marks)) {
    if (m.index > from) out.push(cut.slice(from, m.index));
    from = m.index + m[0].length;
    out.push(<span class="mark">{label(m[0])}</span>);
    if (lines && m[0] === "\n") out.push("\n");
  }
  if (from < cut.length) out.push(cut.slice(from));
  if (cut.length < value.length) out.push(<span class="mark">… {(value.length - cut.length).toLocaleString("en")} more</span>);
  return <bdi>{out}</bdi>;
}

/** plain returns a value of a row as one line of text. */
export function plain(v: unknown): string {
  if (v === undefined || v === null) return "";
  if (Array.isArray(v)) return v.map(plain).join(", ");
  return typeof v === "object" ? JSON.stringify(v) : String(v);
}

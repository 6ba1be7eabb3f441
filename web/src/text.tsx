import type { ComponentChildren } from "preact";
import { label, marks } from "./hidden";

/** Text longer than this is cut in a cell; a detail shows more on demand. */
export const cellLimit = 1000;

/**
 * Text draws what came from a log: text nodes only, with control, ANSI and bidi characters as visible tokens.
 * `lines` keeps line feeds as line breaks, `marked` with their token: what a log line holds is seen, what people write is read.
 */
export function Text({ value, limit = cellLimit, lines }: { value: string; limit?: number; lines?: boolean | "marked" }) {
  const cut = value.length > limit ? value.slice(0, limit) : value;
  const out: ComponentChildren[] = [];
  let from = 0;
  for (const m of cut.matchAll(marks)) {
    if (m.index > from) out.push(cut.slice(from, m.index));
    from = m.index + m[0].length;
    const end = lines && m[0] === "\n";
    if (!end || lines === "marked") out.push(<span class="mark">{label(m[0])}</span>);
    if (end) out.push("\n");
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

/** howMany counts things in words; while their number is not known it only names them. */
export const howMany = (n: number | undefined, one: string, more: string) => (n === undefined ? more[0]!.toUpperCase() + more.slice(1) : `${n.toLocaleString("en")} ${n === 1 ? one : more}`);

/** named gives techniques with their names where the server knows them. */
export function named(ids: unknown, names: unknown): string {
  const [list, of] = [ids, names].map((v) => (Array.isArray(v) ? v.map(plain) : plain(v) === "" ? [] : [plain(v)]));
  return list!.map((id, i) => (of![i] ? `${id} ${of![i]}` : id)).join(", ");
}

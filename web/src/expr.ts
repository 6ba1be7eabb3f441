// Predicates as text: what the page adds to a query when a value is clicked.

import { hidden, isHidden } from "./hidden";
import type { FieldType } from "./api";

/** quote returns s as an expr string literal in which no character is invisible. */
export function quote(s: string): string {
  let out = "";
  for (const ch of JSON.stringify(s)) {
    out += isHidden(ch) ? "\\U" + ch.codePointAt(0)!.toString(16).padStart(8, "0") : ch;
  }
  return out;
}

/** term returns how a predicate names a field, or "" if no predicate can. */
export function term(field: string): string {
  if (field === "@timestamp") return "timestamp"; // expr's lexer has no @
  if (field.startsWith("labels.")) return `labels[${quote(field.slice(7))}]`;
  return /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(field) ? field : "";
}

export type Op = "==" | "!=";

/** condition returns `field op value`, or "" where that cannot be said. */
export function condition(field: string, type: FieldType | undefined, op: Op, value: unknown): string {
  const name = term(field);
  if (name === "" || value === null || typeof value === "object") return "";
  const bare = type === "long" || type === "float" || type === "boolean";
  const v = bare || (type === undefined && typeof value !== "string") ? String(value) : quote(String(value));
  if (bare && !/^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false)$/.test(v)) return "";
  return `${name} ${op} ${v}`;
}

// A string, a comment, a word or one character of a predicate.
const token =
  /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|[A-Za-z_]\w*(?:\.\w+)*|&&|\|\||\?\?|[^]/g;

/** uncommented returns the tokens of a query, each comment as a space. */
function uncommented(query: string): string[] {
  return Array.from(query.matchAll(token), ([t]) => (t.startsWith("//") || t.startsWith("/*") ? " " : t));
}

/** clauses splits a query at its top-level `and`; null where the query is not a plain conjunction. */
export function clauses(query: string): string[] | null {
  const out: string[] = [];
  let part = "";
  let depth = 0;
  for (const t of uncommented(query)) {
    if (t === "(" || t === "[" || t === "{") depth++;
    if (t === ")" || t === "]" || t === "}") depth--;
    // The bar's own words are written in capitals.
    if (depth === 0 && ["or", "OR", "||", "?", "??", "|", ";", "let"].includes(t)) return null;
    if (depth === 0 && (t === "and" || t === "AND" || t === "&&")) {
      out.push(part.trim());
      part = "";
    } else part += t;
  }
  out.push(part.trim());
  return out.filter((c) => c !== "");
}

/** conjoin returns query with cond added once; a clause that says the opposite gives way. */
export function conjoin(query: string, cond: string): string {
  const have = clauses(query);
  if (have === null) return both(query, cond);
  const opposite = cond.replace(/ (==|!=) /, (_, op: string) => (op === "==" ? " != " : " == "));
  return [...have.filter((c) => c !== opposite && c !== cond), cond].join(" and ");
}

/** both returns the conjunction of two predicates, either of which may be empty. */
export function both(a: string, b: string): string {
  const shut = (q: string) => {
    const bare = uncommented(q).join("").trim();
    return clauses(bare) === null ? `(${bare})` : bare;
  };
  return [a, b].map(shut).filter((q) => q !== "").join(" and ");
}

/** unpiped splits a query into its predicate and what follows the first pipe, with the pipe; "" for none. */
export function unpiped(query: string): [string, string] {
  let depth = 0;
  for (const m of query.matchAll(token)) {
    const t = m[0];
    if (t === "(" || t === "[" || t === "{") depth++;
    if (t === ")" || t === "]" || t === "}") depth--;
    if (depth === 0 && t === "|") return [query.slice(0, m.index).trim(), query.slice(m.index)];
  }
  return [query, ""];
}

/** shut reports whether text opens and closes its own brackets only. */
function shut(text: string): boolean {
  let depth = 0;
  for (const t of uncommented(text)) {
    if (t === "(") depth++;
    if (t === ")" && --depth < 0) return false;
  }
  return depth === 0;
}

/** negated returns the opposite of one clause. */
export function negated(clause: string): string {
  const not = /^not \(([^]*)\)$/.exec(clause);
  if (not && shut(not[1]!)) return clauses(not[1]!) === null ? `(${not[1]!})` : not[1]!;
  if (/^not exists\(/.test(clause)) return clause.slice(4);
  if (/^exists\(/.test(clause)) return "not " + clause;
  const p = parted(clause);
  if (p && (p.op === "==" || p.op === "!=")) return clause.replace(/ (==|!=) /, (_, op: string) => (op === "==" ? " != " : " == "));
  return `not (${clause})`;
}

export type Parts = { field: string; op: string; value: string };

/** parted reads a clause of the form `field op literal`, `function(field, text)` or `exists(field)`; null for anything else. */
export function parted(clause: string): Parts | null {
  const name = String.raw`([A-Za-z_][\w]*(?:\.\w+)*|labels\["(?:[^"\\]|\\.)*"\])`;
  const has = new RegExp(`^(not )?exists\\(${name}\\)$`).exec(clause);
  if (has) return { field: unterm(has[2]!), op: has[1] ? "missing" : "exists", value: "" };
  const call = new RegExp(`^(ieq|cidr|icontains|istartsWith|iendsWith|iwildcard)\\(${name}, ("(?:[^"\\\\]|\\\\.)*")\\)$`).exec(clause);
  const m = call ? [call[0], call[2]!, call[1]!, call[3]!] : new RegExp(`^${name} (==|!=|<=|>=|<|>|contains|startsWith|endsWith|matches) ("(?:[^"\\\\]|\\\\.)*"|-?[\\d.]+|true|false)$`).exec(clause);
  if (!m) return null;
  try {
    // \U is expr's, not JSON's.
    const text = m[3]!.replace(/\\U([0-9a-f]{8})/g, (_, h: string) => JSON.stringify(String.fromCodePoint(parseInt(h, 16))).slice(1, -1));
    return { field: unterm(m[1]!), op: m[2]!, value: String(JSON.parse(text)) };
  } catch {
    return null;
  }
}

/** unterm returns the field that a predicate names so. */
function unterm(name: string): string {
  if (name === "timestamp") return "@timestamp";
  const label = /^labels\[(".*")\]$/.exec(name);
  return label ? "labels." + (JSON.parse(label[1]!) as string) : name;
}

/** reveal returns s with its invisible characters spelled out, for titles and attributes. */
export function reveal(s: string): string {
  return s.replace(hidden, (ch) => `⟨U+${ch.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}⟩`);
}

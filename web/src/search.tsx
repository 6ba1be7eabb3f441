import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { send } from "./api";
import type { Field, Problem } from "./api";
import { useDesk } from "./desk";
import type { Editor, Suggestions } from "./editor";
import { term } from "./expr";
import { has } from "./features";
import { Text } from "./text";

/** Bar is what the keys of the page reach in the query bar. */
export type Bar = { focus: (all: boolean) => void; blur: () => void; focused: () => boolean };

type Props = {
  running: boolean;
  problem?: Problem;
  bar: RefObject<Bar | null>;
  onRun: (query: string) => void;
  onCancel: () => void;
};

const words = ["and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches", "true", "false"];

/** wordAt returns where the name that ends at the caret begins, or -1 inside a string or after no name. */
function wordAt(text: string, caret: number): number {
  const before = text.slice(0, caret);
  const unquoted = before.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, (s) => " ".repeat(s.length));
  if (/["'`]/.test(unquoted)) return -1;
  const m = /[A-Za-z_][\w.]*$/.exec(before);
  return m ? m.index : -1;
}

/** local proposes names of fields and words of the language, where the server proposes nothing. */
export function local(text: string, caret: number, fields: Field[]): Suggestions | null {
  const from = wordAt(text, caret);
  if (from < 0) return null;
  const low = text.slice(from, caret).toLowerCase();
  const rank = (name: string) => {
    const n = name.toLowerCase();
    return n.startsWith(low) ? 0 : n.includes("." + low) ? 1 : low.length > 1 && n.includes(low) ? 2 : 9;
  };
  const all = [
    ...words.map((w) => ({ label: w, kind: "operator", detail: "" })),
    ...fields.map((f) => ({ label: term(f.name), kind: f.type + (f.array ? "[]" : ""), detail: `${f.type}${f.array ? "[]" : ""}  ${f.description ?? ""}` })),
  ];
  const items = all
    .filter((h) => h.label !== "" && h.label.toLowerCase() !== low && rank(h.label) < 9)
    .sort((a, b) => rank(a.label) - rank(b.label) || a.label.length - b.label.length || (a.label < b.label ? -1 : 1))
    .slice(0, 12)
    .map((h) => ({ ...h, insert: h.label + " " }));
  return { from, to: caret, items };
}

const hint = 'Everything. Or, for example: source.ip == "203.0.113.7" and event.outcome == "failure"';

export function SearchBar({ running, problem, bar, onRun, onCancel }: Props) {
  const { place, dictionary, theme } = useDesk();
  const { query } = place;
  const [text, setText] = useState(query);
  const [editor, setEditor] = useState<Editor | null>(null);
  const plain = useRef<HTMLTextAreaElement>(null);
  const host = useRef<HTMLDivElement>(null);
  const live = useRef({ onRun, dictionary, place });
  live.current = { onRun, dictionary, place };

  const suggest = async (text: string, caret: number, asked: boolean): Promise<Suggestions | null> => {
    const { place, dictionary } = live.current;
    if (!has("/query/complete", "post")) return local(text, caret, dictionary);
    if (!asked && text.trim() === "") return null;
    // The server counts bytes of UTF-8, the editor units of UTF-16.
    const bytes = new TextEncoder().encode(text);
    const unit = (at: number) => new TextDecoder().decode(bytes.subarray(0, at)).length;
    const cursor = new TextEncoder().encode(text.slice(0, caret)).length;
    const found = await send<Suggestions>("/query/complete", { query: text, cursor, from: place.from, to: place.to });
    return { ...found, from: unit(found.from), to: unit(found.to) };
  };
  const [wanted, setWanted] = useState(false);
  const loading = useRef(false);
  const refocus = useRef<{ all: boolean } | null>(null);
  const load = () => {
    if (loading.current) return;
    loading.current = true;
    void import("./editor").then(
      ({ mountEditor }) => {
        const old = plain.current;
        if (!host.current || !old) return;
        const focused = document.activeElement === old;
        const e = mountEditor(host.current, {
          text: old.value, caret: old.selectionStart, hint, suggest,
          onText: setText, onRun: (t) => live.current.onRun(t),
        });
        refocus.current = focused ? { all: old.selectionStart === 0 && old.selectionEnd === old.value.length && old.value !== "" } : null;
        // At once, so that no key falls between the plain box and the editor.
        host.current.hidden = false;
        if (refocus.current) e.focus(refocus.current.all);
        setEditor(e);
      },
      () => (loading.current = false), // the plain text box goes on working
    );
  };
  useEffect(() => {
    const idle = "requestIdleCallback" in window ? requestIdleCallback(load, { timeout: 3000 }) : setTimeout(load, 1000);
    return () => ("cancelIdleCallback" in window ? cancelIdleCallback(idle) : clearTimeout(idle));
  }, []);
  useEffect(() => {
    if (wanted) load();
  }, [wanted]);
  useEffect(() => () => editor?.destroy(), [editor]);
  useEffect(() => {
    setText(query);
    editor?.setText(query);
  }, [query]);
  useEffect(() => {
    if (!editor) return;
    const p = problem?.position;
    editor.setFault(problem?.status === 400 && p ? offsetOf(query, p.line, p.column) : null);
  }, [problem, editor]);
  bar.current = {
    focus: (all) => (editor ? editor.focus(all) : (plain.current?.focus(), all && plain.current?.select())),
    blur: () => (editor ? editor.blur() : plain.current?.blur()),
    focused: () => document.activeElement === host.current || document.activeElement === plain.current,
  };
  // The bar is as high as its text, up to what the style allows.
  useLayoutEffect(() => {
    const el = plain.current;
    if (!el) return;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight + 2}px`;
  }, [text, editor]);
  return (
    <form class="search" role="search" onSubmit={(e) => (e.preventDefault(), onRun(text.trim()))}>
      <div class="box" data-theme={theme}>
        <div class="editor" ref={host} hidden={!editor} />
        {!editor && (
          <textarea
            ref={plain}
            class="query"
            rows={1}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            maxLength={16384}
            aria-label="Query"
            aria-invalid={problem?.status === 400}
            placeholder={hint}
            value={text}
            onFocus={() => setWanted(true)}
            onInput={(e) => setText(e.currentTarget.value)}
            onKeyDown={(e) => {
              if (e.isComposing || e.key !== "Enter" || e.shiftKey) return;
              e.preventDefault();
              onRun(text.trim());
            }}
          />
        )}
      </div>
      {running ? (
        <button type="button" class="run" onClick={onCancel}>Cancel</button>
      ) : (
        <button type="submit" class="run primary">Search</button>
      )}
    </form>
  );
}

/** offsetOf returns the place of a line and column, both counted from one, in UTF-16 units. */
function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0);
  return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
}

/** meantBy returns the query with the field that the server takes for meant in the place of the unknown one, or "". */
export function meantBy(query: string, at: number, detail: string): string {
  const m = /unknown field "([^"]+)"; did you mean ([\w.@]*[\w@])(?:\?|, as )/.exec(detail);
  return m && query.startsWith(m[1]!, at) ? query.slice(0, at) + m[2] + query.slice(at + m[1]!.length) : "";
}

/** Refusal says why a query did not run, points at the place, and offers what was probably meant. */
export function Refusal({ query, problem, onText, onMeant, onRetry }: { query: string; problem: Problem; onText?: (text: string) => void; onMeant?: (query: string) => void; onRetry: () => void }) {
  const p = problem.position;
  const line = p ? query.split("\n")[p.line - 1] : undefined;
  const meant = p ? meantBy(query, offsetOf(query, p.line, p.column), problem.detail) : "";
  const words = /^[^"'`=<>()[\]|]+$/.test(query) && problem.status === 400;
  return (
    <div class="refusal" role="alert">
      <strong>{problem.status === 400 ? "The query cannot be read:" : <Text value={problem.title} />}</strong> <Text value={line === undefined ? problem.detail : problem.detail.replace(/^(query: \d+:\d+|sql): /, "")} limit={4000} />
      {p && line !== undefined && (
        <pre>
          <Text value={line} limit={4000} />
          {"\n" + " ".repeat(Math.max(0, p.column - 1)) + "▲"}
        </pre>
      )}
      <p class="choices">
        {meant && onMeant && <button type="button" class="primary" onClick={() => onMeant(meant)}>Search for <Text value={meant} limit={200} /></button>}
        {words && onText && (
          <button type="button" onClick={() => onText(query)}>Search lines that contain “<Text value={query} limit={80} />”</button>
        )}
        {problem.status !== 400 && <button type="button" onClick={onRetry}>Try again</button>}
      </p>
    </div>
  );
}

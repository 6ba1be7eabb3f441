import type { RefObject } from "preact";
import { useEffect, useId, useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { Field, Problem } from "./api";
import { term } from "./expr";
import { Text } from "./text";

type Props = {
  query: string;
  fields: Field[];
  running: boolean;
  problem?: Problem;
  input: RefObject<HTMLTextAreaElement | null>;
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

type Hint = { text: string; kind: string; about: string };

function hints(word: string, fields: Field[]): Hint[] {
  const low = word.toLowerCase();
  const rank = (name: string) => {
    const n = name.toLowerCase();
    return n.startsWith(low) ? 0 : n.includes("." + low) ? 1 : low.length > 1 && n.includes(low) ? 2 : 9;
  };
  const all: Hint[] = [
    ...words.map((w) => ({ text: w, kind: "word", about: "" })),
    ...fields.map((f) => ({ text: term(f.name), kind: f.type + (f.array ? "[]" : ""), about: f.description ?? "" })),
  ];
  return all
    .filter((h) => h.text !== "" && h.text !== word && rank(h.text) < 9)
    .sort((a, b) => rank(a.text) - rank(b.text) || a.text.length - b.text.length || (a.text < b.text ? -1 : 1))
    .slice(0, 12);
}

export function SearchBar({ query, fields, running, problem, input, onRun, onCancel }: Props) {
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState(-1); // -1: no completion wanted
  const [at, setAt] = useState(-1);
  const list = useId();
  useEffect(() => {
    setText(query);
    setCaret(-1);
  }, [query]);
  // The bar is as high as its text, up to what the style allows.
  useLayoutEffect(() => {
    const el = input.current!;
    el.style.height = "auto";
    el.style.height = `${el.scrollHeight + 2}px`;
  }, [text]);

  const from = caret < 0 ? -1 : wordAt(text, caret);
  const found = useMemo(() => (from < 0 ? [] : hints(text.slice(from, caret), fields)), [text, caret, from, fields]);
  const open = found.length > 0;

  const take = (h: Hint) => {
    const next = text.slice(0, from) + h.text + " " + text.slice(caret).trimStart();
    setText(next);
    setCaret(-1);
    setAt(-1);
    const el = input.current!;
    el.value = next;
    el.focus();
    el.setSelectionRange(from + h.text.length + 1, from + h.text.length + 1);
  };

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.isComposing) return;
    if (open && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      e.preventDefault();
      const n = found.length;
      setAt(e.key === "ArrowDown" ? (at + 1) % n : (at <= 0 ? n : at) - 1);
    } else if (open && (e.key === "Tab" || e.key === "Enter") && at >= 0) {
      e.preventDefault();
      take(found[at]!);
    } else if (open && e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation();
      setCaret(-1);
      setAt(-1);
    } else if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      setCaret(-1);
      onRun(text.trim());
    }
  };

  return (
    <form class="search" role="search" onSubmit={(e) => (e.preventDefault(), onRun(text.trim()))}>
      <div class="box">
        <textarea
          ref={input}
          class="query"
          rows={1}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          maxLength={16384}
          aria-label="Query"
          aria-haspopup="listbox"
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={open && at >= 0 ? `${list}-${at}` : undefined}
          aria-invalid={problem?.status === 400}
          placeholder={'Everything. Or, for example: source.ip == "203.0.113.7" and event.outcome == "failure"'}
          value={text}
          onInput={(e) => {
            setText(e.currentTarget.value);
            setCaret(e.currentTarget.selectionStart);
            setAt(-1);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => setCaret(-1)}
        />
        <ul class="hints" id={list} role="listbox" aria-label="Field names" hidden={!open}>
          {found.map((h, i) => (
            <li
              key={h.text}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(e) => (e.preventDefault(), take(h))}
            >
              <b>{h.text}</b>
              <i>{h.kind}</i>
              <span><Text value={h.about} /></span>
            </li>
          ))}
        </ul>
      </div>
      {running ? (
        <button type="button" class="run" onClick={onCancel}>Cancel</button>
      ) : (
        <button type="submit" class="run primary">Search</button>
      )}
    </form>
  );
}

/** Refusal says why a query did not run, points at the place, and offers what was probably meant. */
export function Refusal({ query, problem, onText, onRetry }: { query: string; problem: Problem; onText: (text: string) => void; onRetry: () => void }) {
  const p = problem.position;
  const line = p ? query.split("\n")[p.line - 1] : undefined;
  const words = /^[^"'`=<>()[\]]+$/.test(query) && problem.status === 400;
  return (
    <div class="refusal" role="alert">
      <strong><Text value={problem.title} /></strong> <Text value={problem.detail} limit={4000} />
      {p && line !== undefined && (
        <pre>
          <Text value={line} limit={4000} />
          {"\n" + " ".repeat(Math.max(0, p.column - 1)) + "▲"}
        </pre>
      )}
      <p>
        {words && (
          <button type="button" onClick={() => onText(query)}>Search lines that contain “<Text value={query} limit={80} />”</button>
        )}
        {problem.status !== 400 && <button type="button" onClick={onRetry}>Try again</button>}
      </p>
    </div>
  );
}

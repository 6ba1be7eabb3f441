// A long table whose rows differ in height: only those in sight are in the document.

import type { ComponentChild } from "preact";
import { useCallback, useEffect, useRef } from "preact/hooks";
import { shortcutFree } from "./results";
import { useVirtual } from "./virtual";
import { useWalk } from "./walk";

/** What a row must carry to be measured, and to say which of all it is. */
export type Tall = { ref: (row: Element | null) => void; "data-index": number; "aria-rowindex": number };

const guess = 44;
const head = 26;

/**
 * useWalkedTable is a long table with a cursor: the list is called what, of says what is listed, name tells its items apart. It returns the cursor's index, moves it to an index, steps and shows where it
 * then is, and draws what is in sight. Enter opens the item under the cursor.
 */
export function useWalkedTable<T>(what: string, of: string, list: T[], name: (item: T) => string, open: (item: T) => void) {
  const [at, move, walk] = useWalk(what, of, list, name);
  const tall = useTall(list, name, of, at);
  useEffect(() => {
    const on = (e: KeyboardEvent) => {
      const item = list[at];
      if (e.key === "Enter" && item !== undefined && shortcutFree(e) && !(e.target as Element).closest("button, a")) open(item);
    };
    document.addEventListener("keydown", on);
    return () => document.removeEventListener("keydown", on);
  });
  return { at, move, step: (by: number) => tall.reveal(walk(by)), tall };
}

/** useTall draws the rows of list that are in sight, `at` whenever a list of something else (`of`) begins. The table stands within scroller; name tells the items apart. */
function useTall<T>(list: T[], name: (item: T) => string, of: string, at: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const named = useCallback((i: number) => (list[i] === undefined ? String(i) : name(list[i]!)), [list]);
  const virtual = useVirtual(scroller, { count: list.length, size: () => guess, sizes: 0, keep: -1, head, margin: head, name: named });
  const begun = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (begun.current === of || list.length === 0) return;
    if (begun.current !== undefined || at > 0) virtual.reveal(at);
    begun.current = of;
  });
  const [first, last] = [virtual.items[0], virtual.items.at(-1)];
  const gap = (key: string, height: number) => height > 0 && <tr key={key} class="gap" aria-hidden="true"><td style={{ height: `${height}px` }} /></tr>;
  const rows = (draw: (item: T, index: number, tall: Tall) => ComponentChild) => (
    <>
      {gap("above", (first?.start ?? head) - head)}
      {virtual.items.map((v) => list[v.index] !== undefined && draw(list[v.index]!, v.index, { ref: virtual.measure, "data-index": v.index, "aria-rowindex": v.index + 2 }))}
      {gap("below", virtual.total + head - (last?.end ?? head))}
    </>
  );
  return { scroller, rows, reveal: virtual.reveal };
}

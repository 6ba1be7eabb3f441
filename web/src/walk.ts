// The place of a walk through a list that changes by itself.

import { useEffect, useRef, useState } from "preact/hooks";

type Cursor = { of: string; id: string; at: number };
type Walk = { cursor: Cursor; ids: string[] };

/** Where walks were left, by the name of the list: who comes back goes on from there. */
const left = new Map<string, Walk>();

/**
 * useWalk returns the index of the cursor, moves it to an index, and moves it by so many and tells where it then is. The cursor stands on an item, not on a number: what comes in above must not slip
 * under the key that is about to be pressed. If the item goes, the next takes its place; a list of something else (`of`) begins at its start.
 */
export function useWalk<T>(what: string, of: string, list: T[], name: (item: T) => string): [number, (to: number) => void, (by: number) => number] {
  const [cursor, setCursor] = useState<Cursor>(() => left.get(what)?.cursor ?? { of, id: "", at: 0 });
  const found = cursor.of === of ? list.findIndex((x) => name(x) === cursor.id) : 0;
  const at = Math.max(0, found >= 0 ? found : Math.min(cursor.at, list.length - 1));
  // Keys may come faster than the page is drawn.
  const now = useRef(at);
  now.current = at;
  const move = (to: number) => {
    now.current = Math.max(0, Math.min(to, list.length - 1));
    const item = list[now.current];
    if (item !== undefined) setCursor({ of, id: name(item), at: now.current });
  };
  useEffect(() => {
    if (list[at] !== undefined && (cursor.of !== of || cursor.id !== name(list[at]!) || cursor.at !== at)) move(at);
  });
  useEffect(() => {
    if (list.length > 0) left.set(what, { cursor, ids: list.map(name) });
  }, [cursor, list]);
  return [at, move, (by) => (move(now.current + by), now.current)];
}

/** beside returns what stands before and after an item of a list that was walked, and how far down it is. */
export function beside(what: string, id: string): { before?: string; after?: string; at: number; of: number } {
  const ids = left.get(what)?.ids ?? [];
  const at = ids.indexOf(id);
  return at < 0 ? { at, of: 0 } : { before: ids[at - 1], after: ids[at + 1], at, of: ids.length };
}

/** leaveAt lets a list that was walked go on at an item. */
export function leaveAt(what: string, id: string): void {
  const walk = left.get(what);
  const at = walk?.ids.indexOf(id) ?? -1;
  if (walk && at >= 0) walk.cursor = { ...walk.cursor, id, at };
}

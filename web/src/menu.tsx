import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { DeskProvider, entityOf, follow, useDesk } from "./desk";
import { condition } from "./expr";
import type { Bounds } from "./filters";
import { has } from "./features";
import { at, href } from "./place";
import { plain, Text } from "./text";
import { iso } from "./time";

/** Pivot is a value from which one can go on: its field, the event that holds it, and the time that it is of where that is not the hunt's. */
export type Pivot = { field: string; value: unknown; event?: string; range?: Bounds };

/** Within makes what its children lead to be of a time: that of an alert, or of an event that is pinned. */
export function Within({ range, children }: { range: Bounds | undefined; children: ComponentChildren }) {
  const desk = useDesk();
  if (!range) return <>{children}</>;
  return (
    <DeskProvider value={{ ...desk, place: { ...desk.place, ...range }, act: (does, field, value) => desk.act(does, field, value, range), pivot: (at, of) => desk.pivot(at, { ...of, range }) }}>
      {children}
    </DeskProvider>
  );
}

const day = 864e5;

/** dayAround is from a day before something to a day after it; of what has no time it is not known. */
export const dayAround = (first: number, last = first): Bounds | undefined =>
  Number.isNaN(first + last) ? undefined : { from: iso(first - day), to: last + day < Date.now() ? iso(last + day) : "now" };

type MenuProps = { x: number; y: number; label: string; onClose: () => void; children: ComponentChildren };

/** Menu is a list of things to do at a place of the page; arrows walk it, Escape leaves it. */
export function Menu({ x, y, label, onClose, children }: MenuProps) {
  const el = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement as HTMLElement | null);
  useLayoutEffect(() => {
    const m = el.current!;
    m.style.left = `${Math.max(4, Math.min(x, innerWidth - m.offsetWidth - 4))}px`;
    m.style.top = `${Math.max(4, Math.min(y, innerHeight - m.offsetHeight - 4))}px`;
    items(m)[0]?.focus();
    return () => before.current?.focus?.({ preventScroll: true });
  }, [x, y]);
  useEffect(() => {
    const out = (e: Event) => !el.current?.contains(e.target as Node) && onClose();
    addEventListener("pointerdown", out, true);
    addEventListener("resize", onClose);
    return () => {
      removeEventListener("pointerdown", out, true);
      removeEventListener("resize", onClose);
    };
  }, [onClose]);
  const onKeyDown = (e: KeyboardEvent) => {
    const all = items(el.current!);
    const i = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: i + 1, j: i + 1, ArrowUp: i - 1, k: i - 1, Home: 0, End: all.length - 1 }[e.key];
    if (e.key === "Escape" || e.key === "Tab") onClose();
    else if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else if (e.key !== "Enter" && e.key !== " ") return;
    else return e.stopPropagation();
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <div ref={el} class="menu" role="menu" aria-label={label} onKeyDown={onKeyDown} onClick={() => setTimeout(onClose)} onContextMenu={(e) => e.preventDefault()}>
      {children}
    </div>
  );
}

const items = (m: HTMLElement) => [...m.querySelectorAll<HTMLElement>("[role=menuitem]:not([disabled])")];

export function Item({ act, href: to, tab, children }: { act?: () => void; href?: string; tab?: boolean; children: ComponentChildren }) {
  if (to !== undefined) {
    return (
      <a role="menuitem" tabIndex={-1} href={to} target={tab ? "_blank" : undefined} rel={tab ? "noopener noreferrer" : undefined}
        onClick={(e) => {
          if (!act || e.ctrlKey || e.metaKey || e.shiftKey) return;
          e.preventDefault();
          act();
        }}>
        {children}
      </a>
    );
  }
  return <button type="button" role="menuitem" tabIndex={-1} onClick={act}>{children}</button>;
}

/** Entity is a value that names a user, a host or an address: a link to its page where there are such pages, and to a hunt otherwise. */
export function Entity({ field, value, event }: { field: string; value: unknown; event?: string }) {
  const { go, place, types, pivot } = useDesk();
  const kind = entityOf(field);
  const text = plain(value);
  const to = kind !== "" && has("/entities/{kind}/{value}")
    ? at({ view: "entity", kind, value: text, from: place.from, to: place.to })
    : at({ query: condition(field, types.get(field)?.type, "==", value), from: place.from, to: place.to });
  if (text === "" || to.query + to.value === "") return <Text value={text} limit={200} />;
  return (
    <a class="entity" href={href(to)} onClick={follow(go, to)}
      onContextMenu={(e) => (e.preventDefault(), pivot(pointOf(e), { field, value, event }))}>
      <Text value={text} limit={200} />
    </a>
  );
}

/** pointOf returns where a menu opens that was asked for by pointer or by key. */
export function pointOf(e: MouseEvent | KeyboardEvent): { x: number; y: number } {
  if ("clientX" in e && (e.clientX !== 0 || e.clientY !== 0)) return { x: e.clientX, y: e.clientY };
  const box = (e.target as Element).getBoundingClientRect();
  return { x: box.left + 12, y: Math.min(box.bottom, innerHeight) - 4 };
}

/** useMenu opens one menu at a time beside a button. */
export function useMenu(): [{ x: number; y: number } | null, (e: MouseEvent) => void, () => void] {
  const [point, setPoint] = useState<{ x: number; y: number } | null>(null);
  const open = (e: MouseEvent) => {
    const box = (e.currentTarget as Element).getBoundingClientRect();
    setPoint({ x: box.left, y: box.bottom + 2 });
  };
  return [point, open, () => setPoint(null)];
}

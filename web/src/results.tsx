import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Row } from "./api";
import type { Rows } from "./data";
import { Filters } from "./filters";
import type { Act } from "./filters";
import { Text, plain } from "./text";
import { stamp, zoneName } from "./time";
import type { Zone } from "./time";

const rowHeight = 22;
const overscan = 8;

/** columns of the result table; `fields` is what a search asks for, the rest of an event comes when it is opened. */
const columns = [
  { name: "Time", field: "@timestamp" },
  { name: "Host", field: "host.name" },
  { name: "Dataset", field: "event.dataset" },
  { name: "Action", field: "event.action" },
  { name: "Outcome", field: "event.outcome" },
  { name: "User", field: "user.name" },
  { name: "Source", field: "source.ip" },
  { name: "Message", field: "message" },
] as const;
export const wanted: string[] = ["event.id", ...columns.map((c) => c.field)];

export const idOf = (row: Row | undefined) => (row ? plain(row["event.id"]) : "");

/** shortcutFree reports whether a key belongs to the page and not to what is being typed into. */
export function shortcutFree(e: KeyboardEvent): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return false;
  return !(e.target as Element).closest("input, textarea, select, dialog, [role=dialog]");
}

type Props = {
  found: Rows;
  zone: Zone;
  order: "asc" | "desc";
  selected: string;
  detail: (row: Row | undefined) => preact.ComponentChildren;
  act: Act;
  onSelect: (id: string) => void;
  onOrder: () => void;
};

export function Results({ found, zone, order, selected, detail, act, onSelect, onOrder }: Props) {
  const { rows } = found;
  const grid = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const [cell, setCell] = useState({ row: 0, column: 0 });
  const [hover, setHover] = useState<{ row: number; column: number; right: number } | null>(null);
  const [detailHeight, setDetailHeight] = useState(300);
  const open = selected === "" ? -1 : rows.findIndex((r) => idOf(r) === selected);
  // A shared link may name an event that is not among the rows: it is shown above them.
  const apart = selected !== "" && open < 0 && found.state !== "running";
  const gap = open >= 0 || apart ? detailHeight : 0;
  const topOf = (i: number) => i * rowHeight + (apart || (open >= 0 && i > open) ? gap : 0);

  useEffect(() => {
    const el = grid.current!;
    const sizes = new ResizeObserver(() => setView({ top: el.scrollTop, height: el.clientHeight }));
    sizes.observe(el);
    return () => sizes.disconnect();
  }, []);
  useEffect(() => {
    setCell((c) => (c.row < rows.length ? c : { ...c, row: Math.max(0, rows.length - 1) }));
    setHover(null);
  }, [rows]);

  const reveal = (i: number) => {
    const el = grid.current!;
    const top = topOf(i);
    if (top < el.scrollTop) el.scrollTop = top;
    else if (top + 2 * rowHeight > el.scrollTop + el.clientHeight) el.scrollTop = top + 2 * rowHeight - el.clientHeight;
  };
  const toggle = (i: number) => onSelect(i === open ? "" : idOf(rows[i]));

  const keys = useRef<((e: KeyboardEvent) => void) | undefined>(undefined);
  keys.current = (e) => {
    // A key that takes the table away may reach this listener just after the table has gone.
    if (!grid.current || !shortcutFree(e) || rows.length === 0) return;
    const onButton = (e.target as Element).closest("button, a, summary") !== null;
    const inGrid = grid.current.contains(e.target as Element);
    const move = (row: number, column: number) => {
      e.preventDefault();
      const next = { row: Math.min(Math.max(row, 0), rows.length - 1), column: Math.min(Math.max(column, 0), columns.length - 1) };
      setCell(next);
      reveal(next.row);
      if (!inGrid || onButton) grid.current!.focus({ preventScroll: true });
      // An open event follows the cursor, as a reading pane does.
      if (open >= 0 && next.row !== cell.row) onSelect(idOf(rows[next.row]));
    };
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 2);
    const arrows = document.activeElement === grid.current;
    switch (e.key) {
      case "j": return move(cell.row + 1, cell.column);
      case "k": return move(cell.row - 1, cell.column);
      case "l": return move(cell.row, cell.column + 1);
      case "h": return move(cell.row, cell.column - 1);
      case "ArrowDown": return arrows ? move(cell.row + 1, cell.column) : undefined;
      case "ArrowUp": return arrows ? move(cell.row - 1, cell.column) : undefined;
      case "ArrowRight": return arrows ? move(cell.row, cell.column + 1) : undefined;
      case "ArrowLeft": return arrows ? move(cell.row, cell.column - 1) : undefined;
      case "PageDown": return arrows ? move(cell.row + page, cell.column) : undefined;
      case "PageUp": return arrows ? move(cell.row - page, cell.column) : undefined;
      case "Home": return arrows ? move(0, cell.column) : undefined;
      case "End": return arrows ? move(rows.length - 1, cell.column) : undefined;
      case "Enter":
        if (onButton) return;
        e.preventDefault();
        return toggle(cell.row);
      case "f":
      case "x": {
        const field = columns[cell.column]!.field;
        const value = rows[cell.row]?.[field];
        if (field !== "@timestamp") act(e.key === "f" ? "==" : "!=", field, Array.isArray(value) ? value[0] : value);
      }
    }
  };
  useEffect(() => {
    const on = (e: KeyboardEvent) => keys.current?.(e);
    document.addEventListener("keydown", on);
    return () => document.removeEventListener("keydown", on);
  }, []);

  const indexAt = (y: number) => {
    const i = Math.floor(y / rowHeight);
    if (apart || (open >= 0 && i > open)) return Math.max(apart ? 0 : open, Math.floor((y - gap) / rowHeight));
    return i;
  };
  const first = Math.max(0, indexAt(view.top) - overscan);
  const last = Math.min(rows.length, indexAt(view.top + view.height) + overscan);
  const shown: number[] = [];
  if (open >= 0 && open < first) shown.push(open);
  for (let i = first; i < last; i++) shown.push(i);
  if (open >= last) shown.push(open);

  const hovered = hover && rows[hover.row];
  return (
    <div
      class="grid"
      ref={grid}
      role="grid"
      tabIndex={0}
      aria-label="Events"
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-busy={found.state === "running"}
      aria-activedescendant={rows.length > 0 ? `c${cell.row}-${cell.column}` : undefined}
      onScroll={(e) => setView({ top: e.currentTarget.scrollTop, height: e.currentTarget.clientHeight })}
      onMouseLeave={() => setHover(null)}
    >
      <div role="rowgroup" class="head">
        <div role="row" aria-rowindex={1} class="row">
          {columns.map((c) => (
            <div key={c.name} role="columnheader" class={"cell " + c.name.toLowerCase()} aria-sort={c.field === "@timestamp" ? (order === "asc" ? "ascending" : "descending") : undefined}>
              {c.field === "@timestamp" ? (
                <button type="button" onClick={onOrder} title={order === "asc" ? "Oldest first; press for newest first" : "Newest first; press for oldest first"}>
                  Time <small>{zoneName(zone).replace(/^\S*\/\S* /, "")}</small> {order === "asc" ? "↑" : "↓"}
                </button>
              ) : (
                c.name
              )}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="body" style={{ height: `${rows.length * rowHeight + gap}px` }}>
        {apart && <Detail top={0} measure={setDetailHeight}>{detail(undefined)}</Detail>}
        {shown.map((i) => {
          const row = rows[i]!;
          return (
            <div
              key={idOf(row) || i}
              role="row"
              aria-rowindex={i + 2}
              aria-selected={i === open}
              class={"row" + (i === cell.row ? " current" : "") + (i === open ? " open" : "")}
              style={{ top: `${topOf(i)}px` }}
              onClick={() => {
                if (getSelection()?.isCollapsed === false) return;
                setCell((c) => ({ ...c, row: i }));
                toggle(i);
              }}
            >
              {columns.map((c, j) => (
                <div
                  key={c.name}
                  id={`c${i}-${j}`}
                  role="gridcell"
                  aria-colindex={j + 1}
                  class={"cell " + c.name.toLowerCase() + (i === cell.row && j === cell.column ? " at" : "")}
                  data-value={c.field === "event.outcome" ? outcome(row) : undefined}
                  onMouseEnter={(e) => {
                    const box = e.currentTarget;
                    setHover(c.field === "@timestamp" || plain(row[c.field]) === "" ? null : { row: i, column: j, right: box.offsetLeft + box.offsetWidth });
                  }}
                >
                  {c.field === "@timestamp" ? stamp(Date.parse(plain(row[c.field])), zone, true).slice(5) : <Text value={plain(row[c.field])} />}
                </div>
              ))}
            </div>
          );
        })}
        {open >= 0 && <Detail top={(open + 1) * rowHeight} measure={setDetailHeight}>{detail(rows[open])}</Detail>}
        {hover && hovered && (
          <div class="hover" style={{ top: `${topOf(hover.row)}px`, left: `${hover.right}px` }} role="presentation">
            <Filters field={columns[hover.column]!.field} value={hovered[columns[hover.column]!.field]} act={act} mouseOnly />
          </div>
        )}
      </div>
    </div>
  );
}

const outcome = (row: Row) => {
  const v = row["event.outcome"];
  return v === "failure" || v === "success" ? v : undefined;
};

/** Detail is the row under an open row; it reports its height so that the rows below make room. */
function Detail({ top, measure, children }: { top: number; measure: (height: number) => void; children: preact.ComponentChildren }) {
  const el = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(() => measure(el.current!.offsetHeight));
    sizes.observe(el.current!);
    return () => sizes.disconnect();
  }, []);
  return (
    <div ref={el} role="row" class="detail" style={{ top: `${top}px` }}>
      <div role="gridcell" aria-colspan={columns.length}>{children}</div>
    </div>
  );
}

import { Component } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row } from "./api";
import { columnsOf, colsOf, gistOf, nameOf, useWidths, widthOf } from "./columns";
import type { Rows } from "./data";
import { useDesk } from "./desk";
import { Filters } from "./filters";
import { Head } from "./head";
import { pointOf } from "./menu";
import { Text, plain } from "./text";
import { stamp } from "./time";
import type { Zone } from "./time";
import { useVirtual } from "./virtual";

export const rowHeight = 22;

export const idOf = (row: Row | undefined) => (row ? plain(row["event.id"]) : "");

/** shortcutFree reports whether a key belongs to the page and not to what is being typed into. */
export function shortcutFree(e: KeyboardEvent): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented) return false;
  return !(e.target as Element).closest("input, textarea, select, [role=dialog], [role=menu], .editor") && !document.querySelector("dialog[open]");
}

type Props = {
  found: Rows;
  detail: (row: Row | undefined) => preact.ComponentChildren;
  onPin: (...events: string[]) => void;
  /** ids of the events that are marked, and what marks one or takes its mark; without them none can be. */
  marks?: string[];
  onMark?: (id: string) => void;
};

/** Results is the table of events: only the rows in sight are drawn. */
export function Results({ found, detail, onPin, marks, onMark }: Props) {
  const { place, go, zone, types, act, pivot } = useDesk();
  const { rows } = found;
  const { selected } = place;
  const columns = useMemo(() => columnsOf(place.cols), [place.cols]);
  const [widths, setWidth] = useWidths();
  const grid = useRef<HTMLDivElement>(null);
  // The cursor stands on an event, not on a number: what comes in above must not slip under the key that is about to be pressed.
  const [cell, setCell] = useState({ row: 0, column: 0, id: "" });
  const put = (row: number, column = cell.column) => setCell({ row, column, id: idOf(rows[row]) });
  const [hover, setHover] = useState<{ row: number; column: number; right: number } | null>(null);
  const [detailHeight, setDetailHeight] = useState(300);
  const open = useMemo(() => (selected === "" ? -1 : rows.findIndex((r) => idOf(r) === selected)), [rows, selected]);
  // A shared link may name an event that is not among the rows: it is shown above them.
  const apart = selected !== "" && open < 0 && found.state !== "running";
  const top = apart ? detailHeight : 0;
  const virtual = useVirtual(grid, {
    count: rows.length,
    size: (i) => (i === open ? rowHeight + detailHeight : rowHeight),
    sizes: `${open} ${detailHeight}`,
    keep: open,
    head: rowHeight,
  });
  useLayoutEffect(() => {
    const found = cell.id === "" || idOf(rows[cell.row]) === cell.id ? -1 : rows.findIndex((r) => idOf(r) === cell.id);
    const row = found < 0 ? Math.min(cell.row, Math.max(0, rows.length - 1)) : found;
    setCell({ row, column: Math.min(cell.column, columns.length - 1), id: cell.id && idOf(rows[row]) });
    setHover(null);
  }, [rows, columns]);

  const width = (f: string) => widths[f] ?? widthOf(f, types);
  const template = columns.map((f, i) => (i === columns.length - 1 ? `minmax(${width(f)}px, 1fr)` : `${width(f)}px`)).join(" ");
  const least = columns.reduce((sum, f) => sum + width(f), 0);
  const select = (id: string) => go({ selected: id }, true);
  const toggle = (i: number) => select(i === open ? "" : idOf(rows[i]));
  const valueAt = (row: number, column: number) => {
    const value = rows[row]?.[columns[column]!];
    return Array.isArray(value) ? value[0] : value;
  };
  const menuAt = (e: MouseEvent | KeyboardEvent, row: number, column: number) => {
    const box = document.getElementById(`c${row}-${column}`)?.getBoundingClientRect();
    const byKey = !("clientX" in e) || (e.clientX === 0 && e.clientY === 0) || (e as MouseEvent).detail === 0 && e.type === "contextmenu" && (e as PointerEvent).pointerType === "";
    pivot(byKey && box ? { x: box.left + 8, y: box.bottom } : pointOf(e), { field: columns[column]!, value: rows[row]?.[columns[column]!], event: idOf(rows[row]) });
  };

  const keys = useRef<((e: KeyboardEvent) => void) | undefined>(undefined);
  keys.current = (e) => {
    // A key that takes the table away may reach this listener just after the table has gone.
    if (!grid.current || !shortcutFree(e) || rows.length === 0) return;
    const onButton = (e.target as Element).closest("button, a, summary, [role=separator]") !== null;
    const inGrid = grid.current.contains(e.target as Element);
    const move = (row: number, column: number) => {
      e.preventDefault();
      const next = { row: Math.min(Math.max(row, 0), rows.length - 1), column: Math.min(Math.max(column, 0), columns.length - 1) };
      put(next.row, next.column);
      virtual.reveal(next.row);
      if (!inGrid || onButton) grid.current!.focus({ preventScroll: true });
      document.getElementById(`c${next.row}-${next.column}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
      // An open event follows the cursor, as a reading pane does.
      if (open >= 0 && next.row !== cell.row) select(idOf(rows[next.row]));
    };
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
      case "PageDown": return arrows ? move(cell.row + virtual.page(), cell.column) : undefined;
      case "PageUp": return arrows ? move(cell.row - virtual.page(), cell.column) : undefined;
      case "Home": return arrows ? move(0, cell.column) : undefined;
      case "End": return arrows ? move(rows.length - 1, cell.column) : undefined;
      case "Enter":
        if (onButton) return;
        e.preventDefault();
        return toggle(cell.row);
      case "f":
      case "x": {
        const field = columns[cell.column]!;
        if (field !== "@timestamp") act(e.key === "f" ? "==" : "!=", field, valueAt(cell.row, cell.column));
        return;
      }
      case "m":
        e.preventDefault();
        return menuAt(e, cell.row, cell.column);
      case "p":
        e.preventDefault();
        return marks?.length ? onPin(...marks) : onPin(idOf(rows[cell.row]));
      case " ":
        if (onButton || !onMark) return;
        e.preventDefault();
        return onMark(idOf(rows[cell.row]));
    }
  };
  useEffect(() => {
    const on = (e: KeyboardEvent) => keys.current?.(e);
    document.addEventListener("keydown", on);
    return () => document.removeEventListener("keydown", on);
  }, []);

  // One object for all rows, however often they are drawn: a row that stays as it was is not drawn again.
  const does = useRef<Does>({ press: () => undefined, menu: () => undefined, over: () => undefined, mark: () => undefined }).current;
  does.press = (i) => {
    if (getSelection()?.isCollapsed === false) return;
    put(i);
    toggle(i);
  };
  does.menu = (e, row, column) => {
    e.preventDefault();
    e.stopPropagation();
    put(row, column);
    menuAt(e, row, column);
  };
  does.over = setHover;
  does.mark = (i) => {
    put(i);
    onMark?.(idOf(rows[i]));
  };

  const hovered = hover && rows[hover.row];
  const hoverTop = hover && (virtual.items.find((i) => i.index === hover.row)?.start ?? 0) + top;
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
      onMouseLeave={() => setHover(null)}
      onContextMenu={(e) => {
        // The key for menus reaches the table itself; a pointer reaches a cell.
        if (e.target === e.currentTarget && rows.length > 0) (e.preventDefault(), menuAt(e, cell.row, cell.column));
      }}
    >
      <Head columns={columns} template={template} least={least} width={width} setWidth={setWidth} onColumns={(next) => go({ cols: colsOf(next) }, true)} />
      <div role="rowgroup" class="body" style={{ height: `${virtual.total + top}px`, minWidth: `${least}px` }}>
        {apart && <Detail top={0} columns={columns.length} measure={setDetailHeight}>{detail(undefined)}</Detail>}
        {virtual.items.map(({ index: i, start }) => {
          const row = rows[i]!;
          return <Line key={idOf(row) || i} row={row} index={i} top={start + top} columns={columns} template={template} zone={zone} at={i === cell.row ? cell.column : -1} open={i === open} marked={onMark && marks?.includes(idOf(row))} does={does} />;
        })}
        {open >= 0 && <Detail top={(virtual.items.find((i) => i.index === open)?.start ?? open * rowHeight) + rowHeight} columns={columns.length} measure={setDetailHeight}>{detail(rows[open])}</Detail>}
        {hover && hovered && (
          <div class="hover" style={{ top: `${hoverTop}px`, left: `${hover.right}px` }} role="presentation">
            <Filters field={columns[hover.column]!} value={hovered[columns[hover.column]!]} mouseOnly />
          </div>
        )}
      </div>
    </div>
  );
}

type Does = {
  press: (row: number) => void;
  menu: (e: MouseEvent, row: number, column: number) => void;
  over: (at: { row: number; column: number; right: number } | null) => void;
  mark: (row: number) => void;
};

type LineProps = { row: Row; index: number; top: number; columns: string[]; template: string; zone: Zone; at: number; open: boolean; marked: boolean | undefined; does: Does };

/** Line is one row of the table. While the table scrolls, those that stay in sight stay as they are. */
class Line extends Component<LineProps> {
  shouldComponentUpdate(next: Readonly<LineProps>) {
    return (Object.keys(next) as (keyof LineProps)[]).some((k) => next[k] !== this.props[k]);
  }
  render({ row, index: i, top, columns, template, zone, at, open, marked, does }: LineProps) {
    return (
      <div role="row" aria-rowindex={i + 2} aria-selected={open} class={"row" + (at >= 0 ? " current" : "") + (open ? " open" : "") + (marked ? " marked" : "")} style={{ top: `${top}px`, gridTemplateColumns: template }} onClick={() => does.press(i)}>
        {columns.map((f, j) => (
          <div
            key={f}
            id={`c${i}-${j}`}
            role="gridcell"
            aria-colindex={j + 1}
            class={"cell " + classOf(f) + (j === at ? " at" : "")}
            data-value={f === "event.outcome" ? outcome(row) : undefined}
            onContextMenu={(e) => does.menu(e, i, j)}
            onMouseEnter={(e) => {
              const box = e.currentTarget;
              does.over(f === "@timestamp" || plain(row[f]) === "" ? null : { row: i, column: j, right: box.offsetLeft + box.offsetWidth });
            }}
          >
            {f === "message" && gistOf(row, columns) !== "" && <b class="gist"><Text value={gistOf(row, columns)} limit={200} /></b>}
            {j === 0 && marked !== undefined && (
              // It takes no focus: the keys of the table go on working after a press.
              <input type="checkbox" tabIndex={-1} aria-label="Mark this event" title="Mark (space): for a rule's test, for an investigation" checked={marked} onMouseDown={(e) => e.preventDefault()} onClick={(e) => (e.stopPropagation(), (e.currentTarget.checked = marked), does.mark(i))} />
            )}
            {f === "@timestamp" ? stamp(Date.parse(plain(row[f])), zone, true).slice(5) : <Text value={plain(row[f]).trimStart()} limit={400} />}
          </div>
        ))}
      </div>
    );
  }
}

/** classOf names a column for the style: those whose look differs have short names. */
const classOf = (field: string) => (nameOf(field) === field ? "" : nameOf(field).toLowerCase());

const outcome = (row: Row) => {
  const v = row["event.outcome"];
  return v === "failure" || v === "success" ? v : undefined;
};

/** Detail is the row under an open row; it reports its height so that the rows below make room. */
function Detail({ top, columns, measure, children }: { top: number; columns: number; measure: (height: number) => void; children: preact.ComponentChildren }) {
  const el = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(() => el.current && measure(el.current.offsetHeight));
    sizes.observe(el.current!);
    return () => sizes.disconnect();
  }, []);
  return (
    <div ref={el} role="row" class="detail" style={{ top: `${top}px` }}>
      <div role="gridcell" aria-colspan={columns}>{children}</div>
    </div>
  );
}

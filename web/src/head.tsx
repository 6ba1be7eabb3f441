import { useRef, useState } from "preact/hooks";
import { least as narrowest, moved, nameOf } from "./columns";
import { useDesk } from "./desk";
import { reveal } from "./expr";
import { Item, Menu, useMenu } from "./menu";
import { Text } from "./text";
import { resolve, zoneShort } from "./time";

type Props = {
  columns: string[];
  template: string;
  least: number;
  width: (field: string) => number;
  setWidth: (field: string, width: number) => void;
  onColumns: (columns: string[]) => void;
};

/** Head is the row of column headers: each can be dragged to another place, made wider, or opened for what else can be done. */
export function Head({ columns, template, least, width, setWidth, onColumns }: Props) {
  const { place, go, zone } = useDesk();
  const [dragged, setDragged] = useState(-1);
  const [over, setOver] = useState(-1);
  return (
    <div role="rowgroup" class="head" style={{ minWidth: `${least}px` }}>
      <div role="row" aria-rowindex={1} class="row" style={{ gridTemplateColumns: template }}>
        {columns.map((f, i) => {
          const time = f === "@timestamp";
          return (
            <div
              key={f}
              role="columnheader"
              class={"cell" + (over === i && dragged !== i ? " over" : "")}
              aria-sort={time ? (place.order === "asc" ? "ascending" : "descending") : undefined}
              draggable={!time}
              onDragStart={(e) => {
                e.dataTransfer!.setData("text/plain", f);
                setDragged(i);
              }}
              onDragOver={(e) => dragged >= 0 && !time && (e.preventDefault(), setOver(i))}
              onDragEnd={() => (setDragged(-1), setOver(-1))}
              onDrop={(e) => {
                e.preventDefault();
                onColumns(moved(columns, dragged, i));
                setOver(-1);
              }}
            >
              {time ? (
                <button type="button" onClick={() => go({ order: place.order === "asc" ? "desc" : "asc" })} title={place.order === "asc" ? "Oldest first; press for newest first" : "Newest first; press for oldest first"}>
                  Time <small>{zoneShort(zone, resolve(place.from, Date.now()), resolve(place.to, Date.now()))}</small> {place.order === "asc" ? "↑" : "↓"}
                </button>
              ) : (
                <Header field={f} index={i} columns={columns} onColumns={onColumns} />
              )}
              {i < columns.length - 1 && <Edge field={f} width={width(f)} setWidth={setWidth} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Header({ field, index, columns, onColumns }: { field: string; index: number; columns: string[]; onColumns: (columns: string[]) => void }) {
  const { go } = useDesk();
  const [menu, open, close] = useMenu();
  return (
    <>
      <button type="button" aria-haspopup="menu" title={`${reveal(field)}: move, remove, break down`} onClick={open}><Text value={nameOf(field)} limit={80} /></button>
      {menu && (
        <Menu {...menu} label={`Column ${reveal(field)}`} onClose={close}>
          <span class="of"><Text value={field} limit={80} /></span>
          {index > 1 && <Item act={() => onColumns(moved(columns, index, index - 1))}>Move left</Item>}
          {index < columns.length - 1 && <Item act={() => onColumns(moved(columns, index, index + 1))}>Move right</Item>}
          <Item act={() => onColumns(columns.filter((c) => c !== field))}>Remove column</Item>
          <Item act={() => go({ by: field })}>Break the histogram down by it</Item>
          <Item act={() => go({ cols: "" }, true)}>Usual columns</Item>
        </Menu>
      )}
    </>
  );
}

/** Edge is the border of a header that makes a column wider or narrower, by pointer or by arrows. */
function Edge({ field, width, setWidth }: { field: string; width: number; setWidth: (field: string, width: number) => void }) {
  const from = useRef<{ x: number; width: number } | null>(null);
  return (
    <span
      class="edge"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`Width of ${reveal(nameOf(field))}`}
      aria-valuenow={width}
      aria-valuemin={narrowest}
      aria-valuemax={2000}
      onPointerDown={(e) => {
        e.preventDefault();
        e.currentTarget.setPointerCapture(e.pointerId);
        from.current = { x: e.clientX, width };
      }}
      onPointerMove={(e) => from.current && setWidth(field, from.current.width + e.clientX - from.current.x)}
      onPointerUp={() => (from.current = null)}
      onKeyDown={(e) => {
        const by = { ArrowLeft: -16, ArrowRight: 16 }[e.key];
        if (by === undefined) return;
        e.preventDefault();
        e.stopPropagation();
        setWidth(field, width + by);
      }}
    />
  );
}

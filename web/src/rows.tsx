import { useEffect, useRef, useState } from "preact/hooks";
import type { Row } from "./api";
import { gistOf, nameOf } from "./columns";
import { useDesk } from "./desk";
import { Nearby, Whole } from "./detail";
import { has } from "./features";
import { pointOf } from "./menu";
import { idOf } from "./results";
import { Text, plain } from "./text";
import { stamp, zoneShort } from "./time";

export const usual = ["host.name", "event.action", "event.outcome", "user.name", "source.ip", "message"];

/** A message of more characters takes one line, and is shown whole when its event is opened. */
const long = 180;

type Props = { rows: Row[]; label: string; onPin?: (event: string) => void; columns?: string[]; marked?: string };

/** EventRows is a short list of events; pressing one opens it. */
export function EventRows({ rows, label, onPin, columns = usual, marked }: Props) {
  const { zone, pivot, can, copy } = useDesk();
  const [open, setOpen] = useState("");
  const [json, setJson] = useState(false);
  const [shown, setShown] = useState(100);
  const used = columns.filter((f) => f === "message" || rows.some((r) => plain(r[f]) !== ""));
  const table = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [box, row] = [table.current!, table.current!.querySelector<HTMLElement>(".marked")];
    if (row) box.scrollTop = row.offsetTop - (box.clientHeight - row.offsetHeight) / 2;
  }, [rows, marked]);
  const pins = onPin && has("/investigations", "post") && can("investigations.write");
  return (
    <div ref={table} class={"events" + (rows.length > 10 || rows.some((r) => plain(r["message"]).length > long) ? " many" : "")} tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead><tr><th scope="col">Time <small>{zoneShort(zone, ...[rows[0], rows.at(-1)].map((r) => Date.parse(plain(r?.["@timestamp"]))))}</small></th>{used.map((f) => <th key={f} scope="col">{nameOf(f)}</th>)}</tr></thead>
        <tbody>
          {rows.slice(0, shown).map((r, i) => {
            const id = idOf(r) || String(i);
            const is = open === id;
            return (
              <>
                <tr key={id} class={(is ? "open" : "") + (marked === id ? " marked" : "")}>
                  <td class="mono nowrap">
                    <button type="button" class="quiet" aria-expanded={is} onClick={() => setOpen(is ? "" : id)}>
                      <span aria-hidden="true">{is ? "▾" : "▸"}</span> {stamp(Date.parse(plain(r["@timestamp"])), zone, true).slice(5)}
                    </button>
                  </td>
                  {used.map((f) => (
                    <td key={f} class={"mono " + (f === "message" ? "wide" : "nowrap") + (f === "event.outcome" ? " outcome" : "")} data-value={f === "event.outcome" ? plain(r[f]) : undefined}
                      onContextMenu={(e) => (e.preventDefault(), pivot(pointOf(e), { field: f, value: r[f], event: idOf(r) }))}>
                      <Text value={plain(r[f]).trimStart() || (f === "message" ? gistOf(r, used) : "")} limit={long} />
                    </td>
                  ))}
                </tr>
                {is && (
                  <tr key={id + " open"} class="whole">
                    <td colSpan={used.length + 1}>
                      <div class="event">
                        <div class="tools">
                          <button type="button" aria-pressed={!json} onClick={() => setJson(false)}>Fields</button>
                          <button type="button" aria-pressed={json} onClick={() => setJson(true)}>JSON</button>
                          <span class="space" />
                          <Nearby event={r} />
                          <span class="space" />
                          {pins && <button type="button" onClick={() => onPin(idOf(r))}>Pin</button>}
                          <button type="button" onClick={() => copy(JSON.stringify(r, null, 2), "the event as JSON")}>Copy JSON</button>
                        </div>
                        <Whole event={r} json={json} />
                      </div>
                    </td>
                  </tr>
                )}
              </>
            );
          })}
        </tbody>
      </table>
      {rows.length > shown && <button type="button" onClick={() => setShown(shown + 200)}>Show more of {rows.length.toLocaleString("en")}</button>}
    </div>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, lines } from "./api";
import type { Row } from "./api";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { EventRows } from "./rows";
import { idOf } from "./results";
import { Text, plain } from "./text";

const choices: [string, string][] = [["host.name", "host"], ["source.ip", "source address"], ["user.name", "user"], ["log.syslog.hostname", "sender"]];

/** Around shows what happened on the same host, or by the same user or address, just before and after an event. */
export function Around({ event, onClose, onPin }: { event: Row; onClose: () => void; onPin: (event: string) => void }) {
  const { types } = useDesk();
  const can = choices.filter(([f]) => plain(event[f]) !== "" && types.has(f));
  const [by, setBy] = useState(can[0]?.[0] ?? "host.name");
  const [n, setN] = useState(20);
  const id = idOf(event);
  const el = useRef<HTMLElement>(null);
  useEffect(() => el.current?.focus(), []);
  const { value, problem, busy } = useAnswer(`${id} ${by} ${n}`, async (signal) => {
    const rows: Row[] = [];
    const fields = ["event.id", "@timestamp", "host.name", "event.dataset", "event.action", "event.outcome", "user.name", "source.ip", "message"];
    await lines(await ask("/surrounding", signal, { body: { id, by, before: n, after: n, fields } }), signal, (more) => rows.push(...more.filter((r) => !("_end" in r))));
    return rows;
  });
  return (
    <section class="around" ref={el} tabIndex={-1} aria-label="Surrounding events">
      <div class="tools">
        <h2>Before and after</h2>
        {can.map(([f, name]) => <button key={f} type="button" aria-pressed={by === f} onClick={() => setBy(f)}>Same {name} <b class="mono"><Text value={plain(event[f])} limit={40} /></b></button>)}
        <span class="space" />
        <button type="button" onClick={() => setN(Math.min(200, n * 2))} disabled={n >= 200}>More</button>
        <button type="button" onClick={onClose}>Close</button>
      </div>
      {problem && <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && <p class="note" aria-busy="true">Reading…</p>}
      {!busy && value && <EventRows rows={value} marked={id} onPin={onPin} label="Events before and after" columns={["host.name", "event.dataset", "event.action", "event.outcome", "user.name", "source.ip", "message"].filter((f) => f !== by)} />}
    </section>
  );
}

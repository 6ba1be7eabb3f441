import { useEffect, useRef, useState } from "preact/hooks";
import { Problem, ask, lines } from "./api";
import type { Row } from "./api";
import { fieldsOf } from "./columns";
import { asProblem } from "./data";
import { useDesk } from "./desk";
import { EventDetail } from "./detail";
import { Results, shortcutFree } from "./results";
import { Text } from "./text";
import { clock } from "./time";

/** kept is how many of the newest events the page holds. */
const kept = 5000;

/** Tail shows events as they come in: the newest first, with what was left out counted. */
export function Tail({ onPin }: { onPin: (event: string) => void }) {
  const { place, types, zone } = useDesk();
  const [rows, setRows] = useState<Row[]>([]);
  const [paused, setPaused] = useState(false);
  const [count, setCount] = useState({ seen: 0, server: 0, here: 0, waiting: 0, alive: 0 });
  const [problem, setProblem] = useState<Problem | undefined>();
  const [turn, setTurn] = useState(0);
  // Space pauses, and not the button that began the live view, on which the focus would stay.
  const pause = useRef<HTMLButtonElement>(null);
  useEffect(() => pause.current!.focus(), []);
  const hold = useRef(false);
  hold.current = paused;
  const waiting = useRef<Row[]>([]);
  const fields = fieldsOf(place.cols).filter((f) => types.size === 0 || types.has(f));
  useEffect(() => {
    const ctl = new AbortController();
    const n = { seen: 0, server: 0, here: 0, alive: Date.now() };
    let shown: Row[] = [];
    waiting.current = [];
    setRows([]);
    setProblem(undefined);
    const take = (more: Row[]) => {
      for (const r of more) {
        n.alive = Date.now();
        if ("_dropped" in r) n.server += Number(r["_dropped"]) || 0;
        else if (!("_alive" in r)) {
          n.seen++;
          waiting.current.push(r);
        }
      }
      // While paused no more are held than would be shown: the rest is counted, not kept.
      if (waiting.current.length > kept) n.here += waiting.current.splice(0, waiting.current.length - kept).length;
    };
    const draw = setInterval(() => {
      if (!hold.current && waiting.current.length > 0) {
        shown = [...waiting.current.toReversed(), ...shown].slice(0, kept);
        waiting.current = [];
        setRows(shown);
      }
      setCount({ ...n, waiting: waiting.current.length });
    }, 250);
    ask("/tail", ctl.signal, { body: { query: place.query, fields } })
      .then((res) => lines(res, ctl.signal, take))
      .then(() => Promise.reject(new Problem("Live", "The server ended it: what comes now is not shown.", 0)))
      .catch((err) => !ctl.signal.aborted && setProblem(asProblem(err)));
    return () => {
      clearInterval(draw);
      ctl.abort();
    };
  }, [place.query, fields.join(), turn]);
  useEffect(() => {
    const on = (e: KeyboardEvent) => {
      if (e.key !== " " || !shortcutFree(e) || (e.target as Element).closest("button, a")) return;
      e.preventDefault();
      setPaused((p) => !p);
    };
    document.addEventListener("keydown", on);
    return () => document.removeEventListener("keydown", on);
  }, []);
  const quiet = problem === undefined && count.alive > 0 && Date.now() - count.alive > 12_000;
  return (
    <>
      <p class="status live">
        <button ref={pause} type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"} <kbd>space</kbd></button>
        <span role="status">{problem ? "Live view ended" : paused ? `Paused: ${count.waiting.toLocaleString("en")} wait` : "Live"}</span>
        <span class="aside">{count.seen.toLocaleString("en")} {count.seen === 1 ? "event" : "events"} came{count.alive > 0 && !problem && `, the server was last heard at ${clock(count.alive, zone)}`}</span>
        {count.server > 0 && <span class="fault">{count.server.toLocaleString("en")} left out by the server: they came faster than is shown. A search has them all.</span>}
        {count.here > 0 && <span class="fault">{count.here.toLocaleString("en")} left out while paused or out of sight</span>}
        {quiet && <span class="fault">The server has been silent: the connection may be gone</span>}
        {problem && <span class="fault" role="alert"><Text value={problem.message} limit={400} /></span>}
        {problem && <button type="button" onClick={() => setTurn(turn + 1)}>Connect again</button>}
      </p>
      {rows.length === 0 && !problem ? (
        <div class="empty wide"><h2>Waiting for events</h2><p class="note">Whatever matches the query appears here as it comes in.</p></div>
      ) : (
        <Results found={{ rows, state: "done", took: 0 }} onPin={onPin} detail={(row) => <EventDetail id={place.selected} row={row} onPin={onPin} />} />
      )}
    </>
  );
}

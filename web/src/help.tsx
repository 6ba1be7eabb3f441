import { useEffect, useRef } from "preact/hooks";

const keys: [string, string][] = [
  ["/", "write a query"],
  ["Enter", "run it; in the table: open or close an event"],
  ["j  k", "next, previous event; an open event follows"],
  ["h  l", "column to the left, to the right"],
  ["f  x", "only this value, not this value"],
  ["t", "time range"],
  ["r", "run again"],
  ["a", "alerts, and back to the hunt"],
  ["c", "copy a link to what you see, times fixed"],
  ["Esc", "cancel a running search; close an event"],
  ["?", "this help"],
];
const examples: [string, string][] = [
  ['source.ip == "203.0.113.7"', "one value; a field that is missing equals nothing"],
  ['event.outcome == "failure" and user.name != "root"', "and, or, not, and parentheses"],
  ['user.name in ["root", "admin"]', "one of several"],
  ["destination.port < 1024", "numbers compare as numbers"],
  ['message contains "Failed password"', "also startsWith, endsWith, matches (a regular expression)"],
];

export function Help({ onClose }: { onClose: () => void }) {
  const el = useRef<HTMLDialogElement>(null);
  useEffect(() => el.current!.showModal(), []);
  return (
    <dialog ref={el} aria-label="Help" onClose={onClose} onClick={(e) => e.target === el.current && el.current?.close()}>
      <div class="help">
        <h2>Keys</h2>
        <dl>{keys.map(([k, what]) => <div key={k}><dt>{k.split("  ").map((x) => <kbd key={x}>{x}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
        <h2>Queries</h2>
        <p>A query is the same language as a rule's match. Fields have their ECS names; an empty query finds everything.</p>
        <dl class="wide">{examples.map(([q, what]) => <div key={q}><dt><code>{q}</code></dt><dd>{what}</dd></div>)}</dl>
        <p><button type="button" class="primary" onClick={() => el.current!.close()}>Close</button></p>
      </div>
    </dialog>
  );
}

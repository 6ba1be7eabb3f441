import { useEffect } from "preact/hooks";
import { useModal } from "./sheet";

const keys: [string, string][] = [
  ["/", "write a query; Tab takes a proposal"],
  ["Enter", "run it; in a list: open or close"],
  ["j  k", "next, previous; an open event follows"],
  ["h  l", "column to the left, to the right"],
  ["f  x", "only this value, not this value"],
  ["m", "what else can be done with the value (also by right-click)"],
  ["p", "pin it to an investigation, or all that are marked"],
  ["space", "mark the event, for a rule's test or an investigation; in the live view: pause, go on"],
  ["t", "time range"],
  ["s", "saved hunts"],
  ["b", "alerts and fields beside the hunt, or more room for events"],
  ["r", "run again"],
  ["a", "alerts, and back to the hunt"],
  ["x  e  y", "in alerts: choose, acknowledge, close"],
  ["f", "in alerts: only those about the same, and back"],
  ["h", "in alerts: the hunt behind an alert"],
  ["1  2  3", "views from left to right"],
  ["c", "copy a link to what you see, times fixed"],
  ["Esc", "cancel a running search; close, go back"],
  ["?", "this help"],
];
const examples: [string, string][] = [
  ["user.name:root -source.ip:10.0.0.0/8", "as fingers know it: any case, networks, ranges [1 TO 1024], * and ?"],
  ['failed password', "words of the message or the record; fail* also within words"],
  ["… | count by source.ip | sort -count", "a table; count over 10m by event.action draws lines"],
  ['source.ip == "203.0.113.7"', "one value; a field that is missing equals nothing"],
  ['event.outcome == "failure" and user.name != "root"', "and, or, not, and parentheses"],
  ['user.name in ["root", "admin"]', "one of several"],
  ["destination.port < 1024", "numbers compare as numbers"],
  ['message contains "Failed password"', "also startsWith, endsWith, matches (a regular expression)"],
];

export function Help({ onClose }: { onClose: () => void }) {
  const el = useModal();
  useEffect(() => void (el.current!.scrollTop = 0), []); // on a low screen the button that has the focus stands below, and what is read first above
  return (
    <dialog ref={el} aria-label="Help" onClose={onClose} onClick={(e) => e.target === el.current && el.current?.close()}>
      <div class="help">
        <h2>Keys</h2>
        <dl>{keys.map(([k, what]) => <div key={k}><dt>{k.split("  ").map((x) => <kbd key={x}>{x}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
        <h2>Queries</h2>
        <p>Two ways to write, alone or mixed: words and <code>field:value</code>, or the language of a rule's match. Fields have their ECS names; an empty query finds everything.</p>
        <dl class="wide">{examples.map(([q, what]) => <div key={q}><dt><code>{q}</code></dt><dd>{what}</dd></div>)}</dl>
        <p><button type="button" class="primary" onClick={() => el.current!.close()}>Close</button></p>
      </div>
    </dialog>
  );
}

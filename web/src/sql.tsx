import { useEffect, useRef, useState } from "preact/hooks";
import { follow, useDesk } from "./desk";
import { useKept } from "./kept";
import { href } from "./place";
import { TableView } from "./table";

const example = `SELECT source.ip, count() AS n, uniq(user.name) AS users
FROM events
WHERE @timestamp > now() - INTERVAL 1 DAY AND event.outcome = 'failure'
GROUP BY source.ip ORDER BY n DESC LIMIT 20`;

/** Sql is a statement of one's own and its table. The statement that was run stands in the address. */
export function Sql({ keys }: { keys: { current: Record<string, () => void> } }) {
  const { place, go } = useDesk();
  const [kept, keep] = useKept("sql");
  const [text, setText] = useState(place.value || kept || example);
  const [turn, setTurn] = useState(0);
  const box = useRef<HTMLTextAreaElement>(null);
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => void (place.value !== "" && setText(place.value)), [place.value]);
  useEffect(() => {
    document.title = "SQL · Watchpost";
  }, []);
  const write = (t: string) => (setText(t), keep(t));
  const run = () => {
    if (text.trim() === "") return;
    keep("");
    if (text === place.value) setTurn(turn + 1);
    else go({ value: text });
  };
  keys.current = { "/": () => box.current?.focus(), r: run, Escape: () => (stop.current ? stop.current() : box.current?.blur()) };
  const back = { tab: "", value: "" };
  return (
    <>
      <div class="bar">
        <form class="search" onSubmit={(e) => (e.preventDefault(), run())}>
          <textarea
            ref={box} class="query sql" rows={Math.min(9, Math.max(4, text.split("\n").length))} spellcheck={false} autocomplete="off" autocapitalize="off" maxLength={16384} aria-label="SQL statement" value={text}
            onInput={(e) => write(e.currentTarget.value)}
            onKeyDown={(e) => e.key === "Enter" && (e.ctrlKey || e.metaKey) && (e.preventDefault(), run())}
          />
          <button type="submit" class="run primary">Run</button>
        </form>
        <div class="more">
          <span class="note">One SELECT over <code>events</code>, <code>alerts</code>, <code>sources</code>: ClickHouse's dialect, fields by their names, the time in WHERE (docs/sql.md). <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs it.</span>
          <span class="space" />
          <a href={href({ ...place, ...back })} onClick={follow(go, back)}>To the hunt</a>
        </div>
      </div>
      <div class="work whole">{place.value !== "" && <TableView turn={turn} stop={stop} sql={place.value} />}</div>
    </>
  );
}

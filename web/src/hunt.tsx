import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Row } from "./api";
import { send } from "./api";
import { AlertRail, Late } from "./rail";
import { fieldsOf } from "./columns";
import { useAnswer, useHistogram, useRows } from "./data";
import type { Alerts, Progress } from "./data";
import { useDesk } from "./desk";
import { both, condition, quote, reveal, unpiped } from "./expr";
import { has } from "./features";
import { FieldList } from "./fields";
import { Histogram } from "./histogram";
import { Lazy } from "./lazy";
import { Pills } from "./pills";
import type { Read } from "./pills";
import { limits } from "./place";
import type { Place } from "./place";
import { Range } from "./range";
import { Text } from "./text";
import { Results } from "./results";
import { usePreference } from "./say";
import { Refusal, SearchBar } from "./search";
import type { Bar as QueryBar } from "./search";

type Props = { alerts: Alerts; news: Set<string>; onPin: (...events: string[]) => void; keys: { current: Record<string, () => void> } };

/** mostMarks bounds the events that are marked: a test of more tells nobody what its rule is about. */
const mostMarks = 20;

/** What stands over the hunt for a moment: one of the lists and forms that are loaded when they are asked for. */
type Sheet = "draft" | "saved" | "history" | "export" | "explain" | "";

/** Parsed is a query as the server reads it. */
type Parsed = { expr: string; kind?: string; pipe?: boolean; pills?: Read[] | null };

/** useParsed asks the server what a query says in the language of rules; without such a route the query itself is that. */
export function useParsed(query: string): Parsed | undefined {
  const { value } = useAnswer(has("/query/parse", "post") && query !== "" ? query : null, async (signal) => ({ ...(await send<Parsed>("/query/parse", { query }, signal)), of: query }));
  if (!has("/query/parse", "post") || query === "") return { expr: unpiped(query)[0] };
  return value?.of === query ? value : undefined; // what was said of the query before is not said of this one
}

/** HuntView is the desk of a hunt: query, time, counts, fields and events. */
export function HuntView({ alerts, news, onPin, keys }: Props) {
  const { place, go, types, zone, can, tell } = useDesk();
  const [turn, setTurn] = useState(0);
  const [ranging, setRanging] = useState(false);
  const [sheet, setSheet] = useState<Sheet>("");
  const [around, setAround] = useState<Row | null>(null);
  const live = place.tab === "live" && has("/tail", "post");
  const [marks, setMarks] = useState<string[]>([]);
  const [side, setSide] = usePreference("side", ["shown", "hidden"]);
  const bar = useRef<QueryBar>(null);
  // What ends the count of a table that is under way.
  const stop = useRef<(() => void) | null>(null);
  const rangeButton = useRef<HTMLButtonElement>(null);

  const [predicate, pipe] = unpiped(place.query);
  const tabled = pipe !== "" && has("/table", "post");
  const wanted = useMemo(() => fieldsOf(place.cols).filter((f) => types.size === 0 || types.has(f)), [place.cols, types]);
  const [found, cancel] = useRows({ query: place.query, from: place.from, to: place.to, limit: place.limit, order: place.order, fields: wanted }, turn, tabled || live);
  const part = (value: unknown) => both(predicate, condition(place.by, types.get(place.by)?.type, "==", value));
  const by = types.has(place.by) ? place.by : "";
  const counts = useHistogram({ query: predicate, from: place.from, to: place.to }, 120, by, part, turn, live);
  const total = counts.busy ? undefined : counts.value?.total; // of what was asked before says nothing of this
  const parsed = useParsed(place.query);

  const run = (query: string) => {
    if (query === place.query && !live) setTurn(turn + 1);
    else go({ query, tab: "", selected: "", limit: limits[0]! });
  };
  const range = (from: string, to: string) => go({ from, to, selected: "", limit: limits[0]! });
  // While an empty search runs again, what to do about it stays on the page.
  const wasEmpty = useRef(false);
  if (found.state !== "running") wasEmpty.current = found.state === "done" && found.rows.length === 0;
  const empty = wasEmpty.current && found.rows.length === 0 && place.selected === "" && !tabled && !live;
  const running = found.state === "running" && !empty && !tabled && !live;
  useWaiting(place, empty, () => setTurn((t) => t + 1));
  // A rule of other events than the query finds would not be a rule of this hunt.
  useEffect(() => setMarks([]), [place.query]);
  const mark = (id: string) => {
    if (marks.includes(id)) setMarks(marks.filter((m) => m !== id));
    else if (marks.length < mostMarks) setMarks([...marks, id]);
    else tell(`No more than ${mostMarks} events are marked`);
  };
  const pins = has("/investigations", "post") && can("investigations.write");
  const drafting = has("/rules/draft", "post") && can("rules.test");
  const drafts = drafting && predicate !== "";
  const marksFor = pins || drafting; // whoever may do neither has no use for marks

  keys.current = {
    "/": () => bar.current?.focus(true),
    t: () => (setRanging(true), rangeButton.current?.focus()),
    r: () => setTurn(turn + 1),
    b: () => setSide(side === "shown" ? "hidden" : "shown"),
    s: () => has("/hunts") && setSheet("saved"),
    Escape: () => {
      if (running) cancel();
      else if (stop.current) stop.current();
      else if (bar.current?.focused()) bar.current.blur();
      else if (around) setAround(null);
      else if (place.selected !== "") go({ selected: "" }, true);
      else setMarks([]);
    },
  };
  const foreign = parsed && predicate !== "" && parsed.expr.trim() !== predicate.trim() && !/\|/.test(parsed.expr) ? parsed.expr : "";
  return (
    <>
      <div class="bar">
        <SearchBar running={running} problem={found.problem} bar={bar} onRun={run} onCancel={cancel} />
        <Range from={place.from} to={place.to} zone={zone} button={rangeButton} open={ranging} setOpen={setRanging} onRange={range} />
        <div class="more">
          <Pills read={place.query === "" ? undefined : (parsed?.pills ?? undefined)} />
          {foreign !== "" && <span class="read" title={`What the query says in the language of rules:\n${reveal(foreign)}`}>= <code><Text value={foreign} limit={400} /></code></span>}
          <span class="space" />
          <button type="button" class="quiet" aria-pressed={side === "hidden"} title="Hide alerts and fields: more room for events (b)" onClick={() => setSide(side === "shown" ? "hidden" : "shown")}>Wide</button>
          {has("/tail", "post") && <button type="button" class="quiet" aria-pressed={live} onClick={() => go({ tab: live ? "" : "live" })}>Live</button>}
          {has("/sql", "post") && can("sql") && <button type="button" class="quiet" title="A SELECT of your own" onClick={() => go({ tab: "sql", value: "" })}>SQL</button>}
          {has("/history") && <button type="button" class="quiet" onClick={() => setSheet("history")}>History</button>}
          {has("/hunts") && <button type="button" class="quiet" onClick={() => setSheet("saved")} title="Saved hunts (s)">Saved</button>}
          {has("/explain", "post") && <button type="button" class="quiet" onClick={() => setSheet("explain")}>Cost</button>}
          {drafts && <button type="button" class="quiet" onClick={() => setSheet("draft")}>Make a rule</button>}
          {has("/export", "post") && can("export") && <button type="button" class="quiet" onClick={() => setSheet("export")}>Export</button>}
        </div>
      </div>
      {side === "shown" && (
        <aside>
          <AlertRail alerts={alerts} news={news} />
          <FieldList turn={turn} />
        </aside>
      )}
      <div class={"work" + (side === "shown" ? "" : " whole")}>
        {found.problem && !tabled && (
          <Refusal query={place.query} problem={found.problem} onMeant={run} onText={(t) => go({ query: `event.original contains ${quote(t.trim())}` })} onRetry={() => setTurn(turn + 1)} />
        )}
        {counts.problem && !found.problem && !tabled && <p class="note pad">No picture over time: <Text value={counts.problem.message} limit={400} /></p>}
        {counts.value && counts.value.total > 0 && <Histogram value={counts.value} zone={zone} onRange={range} by={by} onBy={(f) => go({ by: f })} />}
        {live ? (
          <Lazy load={() => import("./tail")} part="Tail" props={{ onPin }} />
        ) : tabled ? (
          <Lazy load={() => import("./table")} part="TableView" props={{ turn, stop }} />
        ) : (
          <>
            <Status found={empty ? { ...found, state: "done" } : found} place={place} total={total} onMore={(limit) => go({ limit })}>
              {marks.length > 0 && (
                <span class="marks">
                  <b>{marks.length} marked</b>
                  {drafts && <button type="button" class="quiet" onClick={() => setSheet("draft")}>Make a rule of them</button>}
                  {pins && <button type="button" class="quiet" onClick={() => onPin(...marks)}>Pin</button>}
                  <button type="button" class="quiet" onClick={() => setMarks([])}>None</button>
                </span>
              )}
            </Status>
            {empty ? (
              <Lazy load={() => import("./nothing")} part="Nothing" props={{ place, onRange: (from: string) => range(from, "now"), onClear: () => go({ query: "", off: "" }) }} />
            ) : found.state === "failed" && found.rows.length === 0 ? null : (
              <Results found={found} onPin={onPin} marks={marks} onMark={marksFor ? mark : undefined} detail={(row) => <Lazy load={() => import("./detail")} part="EventDetail" props={{ id: place.selected, row, onPin, onAround: setAround }} />} />
            )}
            {around && <Lazy load={() => import("./around")} part="Around" props={{ event: around, onClose: () => setAround(null), onPin }} />}
          </>
        )}
      </div>
      {sheet === "draft" && <Lazy load={() => import("./draft")} part="Draft" props={{ events: marks.length > 0 ? marks : place.selected === "" ? [] : [place.selected], onClose: () => setSheet("") }} />}
      {sheet === "saved" && <Lazy load={() => import("./saved")} part="Saved" props={{ onClose: () => setSheet("") }} />}
      {sheet === "history" && <Lazy load={() => import("./saved")} part="History" props={{ onClose: () => setSheet("") }} />}
      {sheet === "export" && <Lazy load={() => import("./exporting")} part="Export" props={{ total, onClose: () => setSheet("") }} />}
      {sheet === "explain" && <Lazy load={() => import("./explain")} part="Explain" props={{ onClose: () => setSheet("") }} />}
    </>
  );
}

/** Status says how a search went, aloud too. */
function Status({ found, place, total, onMore, children }: { found: ReturnType<typeof useRows>[0]; place: Place; total: number | undefined; onMore: (limit: number) => void; children?: ComponentChildren }) {
  const n = found.rows.length.toLocaleString("en");
  const more = limits.find((l) => l > place.limit);
  const full = found.state === "done" && found.rows.length >= place.limit && found.partial === undefined;
  const text = {
    running: found.rows.length > 0 ? `Searching… ${n} so far` : "Searching…",
    done: full ? `The ${place.order === "desc" ? "newest" : "oldest"} ${n}${total ? ` of ${total.toLocaleString("en")}` : ""}` : `${n} ${found.rows.length === 1 ? "event" : "events"}`,
    cancelled: `Cancelled: ${n} shown, there may be more`,
    failed: found.rows.length > 0 ? `Failed: ${n} shown, not all` : "Failed",
  }[found.state];
  return (
    <p class="status">
      <span role="status">{text}</span>
      {found.partial !== undefined && <span class="fault" role="alert">Not all: <Text value={found.partial} limit={300} /></span>}
      {found.state !== "running" && <span class="aside">{Math.round(found.took).toLocaleString("en")} ms{found.progress ? `, ${rowsRead(found.progress.read_rows)}` : ""}</span>}
      {full && more && total !== found.rows.length && <button type="button" class="quiet" onClick={() => onMore(more)}>Show up to {more.toLocaleString("en")}</button>}
      {children}
      {found.state === "running" && <Bar progress={found.progress} />}
    </p>
  );
}

/** rowsRead says how many rows the engine read. */
export const rowsRead = (n: number) => `${n.toLocaleString("en")} ${n === 1 ? "row" : "rows"} read`;

/** Bar appears for what takes more than a second, and says how far it is where that is known. */
export function Bar({ progress }: { progress?: Progress }) {
  const share = progress && progress.total_rows > 0 ? Math.min(1, progress.read_rows / progress.total_rows) : undefined;
  return (
    <Late>
      <span class="progress">
        <progress aria-label="Progress of the search" max={1} value={share} />
        <span class="aside">{progress && `${progress.read_rows.toLocaleString("en")} of ${progress.total_rows.toLocaleString("en")} rows read; `}Esc cancels</span>
      </span>
    </Late>
  );
}

/** useWaiting runs an empty search again while there are no events at all, so that the first one appears by itself. */
function useWaiting(place: Place, nothing: boolean, again: () => void) {
  const wait = nothing && place.query === "" && place.to === "now" && place.view === "hunt";
  useEffect(() => {
    if (!wait) return;
    const timer = setInterval(() => document.visibilityState === "visible" && again(), 3000);
    return () => clearInterval(timer);
  }, [wait]);
}

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { AlertRail, AlertTable, Command, useNews } from "./alerts";
import type { Field } from "./api";
import { useAlerts, useFields, useHistogram, useRows } from "./data";
import { EventDetail } from "./detail";
import { condition, conjoin, quote } from "./expr";
import { FieldList } from "./fields";
import type { Act } from "./filters";
import { Help } from "./help";
import { Histogram } from "./histogram";
import { href, limits, usePlace } from "./place";
import type { Place } from "./place";
import { Range } from "./range";
import { Results, shortcutFree, wanted } from "./results";
import { RuleTable } from "./rules";
import { copy, usePreference } from "./say";
import { Refusal, SearchBar } from "./search";
import { iso, isRelative, resolve, zoneName } from "./time";

export function App() {
  const [place, go] = usePlace();
  const [turn, setTurn] = useState(0);
  const [zone, setZone] = usePreference("zone", ["local", "utc"]);
  const [theme, setTheme] = usePreference("theme", ["auto", "light", "dark"]);
  const [help, setHelp] = useState(false);
  const [ranging, setRanging] = useState(false);
  const [said, setSaid] = useState("");
  const input = useRef<HTMLTextAreaElement>(null);
  const rangeButton = useRef<HTMLButtonElement>(null);
  const dark = useDark(theme);

  const dictionary = useFields().value ?? none;
  const types = useMemo(() => new Map(dictionary.map((f) => [f.name, f])), [dictionary]);
  const alerts = useAlerts(place.since, place.view === "alerts" ? place.mode : "live", 5000);
  const [news, fresh] = useNews(alerts);
  const [found, cancel] = useRows({ query: place.query, from: place.from, to: place.to, limit: place.limit, order: place.order, fields: wanted }, turn);
  const counts = useHistogram({ query: place.query, from: place.from, to: place.to }, 120, turn);

  useEffect(() => {
    document.title = { hunt: "Hunt", alerts: "Alerts", rules: "Rules" }[place.view] + " · Watchpost";
  }, [place.view]);
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  const tell = useCallback((text: string, what: string) => void copy(text, what).then(setSaid), []);

  const run = (query: string) => {
    if (query === place.query && place.view === "hunt") setTurn(turn + 1);
    else go({ query, view: "hunt", selected: "", limit: limits[0]! });
  };
  const range = (from: string, to: string) => go({ from, to, selected: "", limit: limits[0]! });
  const act: Act = (op, field, value) => {
    const cond = condition(field, types.get(field)?.type, op, value);
    if (cond !== "") go({ query: conjoin(place.query, cond), view: "hunt", selected: "", limit: limits[0]! });
  };
  const share = () => {
    const now = Date.now();
    const fixed = (bound: string) => (isRelative(bound) ? iso(resolve(bound, now)) : bound);
    tell(location.origin + href({ ...place, from: fixed(place.from), to: fixed(place.to) }), "the link, with fixed times");
  };
  // While an empty search runs again, what to do about it stays on the page.
  const wasEmpty = useRef(false);
  if (found.state !== "running") wasEmpty.current = found.state === "done" && found.rows.length === 0;
  const empty = wasEmpty.current && found.rows.length === 0 && place.selected === "";
  const running = found.state === "running" && !empty;
  useWaiting(place, empty, () => setTurn((t) => t + 1));

  const keys = useRef<((e: KeyboardEvent) => void) | undefined>(undefined);
  keys.current = (e) => {
    if (e.key === "Escape" && !e.defaultPrevented) {
      if ((e.target as Element).closest("dialog")) return;
      if (running) cancel();
      else if (document.activeElement === input.current) input.current?.blur();
      else if (place.selected !== "") go({ selected: "" }, true);
      return;
    }
    if (!shortcutFree(e)) return;
    const keymap: Record<string, () => void> = {
      "/": () => (input.current?.focus(), input.current?.select()),
      "?": () => setHelp(true),
      t: () => (setRanging(true), rangeButton.current?.focus()),
      r: () => setTurn(turn + 1),
      a: () => go({ view: place.view === "alerts" ? "hunt" : "alerts" }),
      c: share,
    };
    if (!Object.hasOwn(keymap, e.key)) return;
    e.preventDefault();
    keymap[e.key]!();
  };
  useEffect(() => {
    const on = (e: KeyboardEvent) => keys.current?.(e);
    document.addEventListener("keydown", on);
    return () => document.removeEventListener("keydown", on);
  }, []);

  const tab = (view: Place["view"], name: string, badge?: number) => (
    <a
      href={href({ ...place, view })}
      aria-current={place.view === view ? "page" : undefined}
      onClick={(e) => {
        if (e.ctrlKey || e.metaKey || e.shiftKey) return;
        e.preventDefault();
        go({ view });
      }}
    >
      {name}
      {badge ? <span class="badge">{badge}</span> : null}
    </a>
  );
  const listProps = { alerts, news: fresh, place, types, zone, go, copy: tell };
  return (
    <>
      <header>
        <h1>
          <img src="/favicon.svg" alt="" width={20} height={20} /> Watchpost
        </h1>
        <nav aria-label="Views">
          {tab("hunt", "Hunt")}
          {tab("alerts", "Alerts", alerts.list.length)}
          {tab("rules", "Rules")}
        </nav>
        <span class="space" />
        <button type="button" class="quiet" onClick={() => setZone(zone === "utc" ? "local" : "utc")} title="Switch between UTC and this browser's zone">
          {zoneName(zone)}
        </button>
        <button type="button" class="quiet" onClick={() => setTheme(theme === "auto" ? "dark" : theme === "dark" ? "light" : "auto")} title="Colours: as the system, dark, light">
          {theme === "auto" ? "Auto" : theme === "dark" ? "Dark" : "Light"}<span class="unseen"> colours</span>
        </button>
        <button type="button" class="quiet" onClick={share} title="Copy a link to what you see, times fixed (c)">Copy link</button>
        <button type="button" class="quiet" onClick={() => setHelp(true)} title="Keys and query language (?)">Help <kbd>?</kbd></button>
      </header>
      <main class={place.view}>
        {place.view === "alerts" ? (
          <AlertTable {...listProps} />
        ) : place.view === "rules" ? (
          <RuleTable zone={zone} />
        ) : (
          <>
            <div class="bar">
              <SearchBar query={place.query} fields={dictionary} running={running} problem={found.problem} input={input} onRun={run} onCancel={cancel} />
              <Range from={place.from} to={place.to} zone={zone} button={rangeButton} open={ranging} setOpen={setRanging} onRange={range} />
            </div>
            <aside>
              <AlertRail alerts={alerts} news={fresh} place={place} types={types} zone={zone} go={go} />
              <FieldList fields={dictionary} hunt={place} turn={turn} act={act} />
            </aside>
            <div class="work">
              {found.problem && (
                <Refusal query={place.query} problem={found.problem} onText={(t) => go({ query: `event.original contains ${quote(t.trim())}` })} onRetry={() => setTurn(turn + 1)} />
              )}
              {counts.value && counts.value.total > 0 && <Histogram value={counts.value} zone={zone} theme={dark} onRange={range} />}
              <Status found={empty ? { ...found, state: "done" } : found} place={place} total={counts.value?.total} onMore={(limit) => go({ limit })} />
              {empty ? (
                <Nothing place={place} onRange={(from) => range(from, "now")} onClear={() => go({ query: "" })} copy={tell} />
              ) : found.state === "failed" && found.rows.length === 0 ? null : (
                <Results
                  found={found}
                  zone={zone}
                  order={place.order}
                  selected={place.selected}
                  act={act}
                  onSelect={(id) => go({ selected: id }, true)}
                  onOrder={() => go({ order: place.order === "asc" ? "desc" : "asc" })}
                  detail={(row) => <EventDetail id={place.selected} row={row} place={place} zone={zone} types={types} act={act} go={go} copy={tell} />}
                />
              )}
            </div>
          </>
        )}
      </main>
      <p class={"toast" + (said === "" ? "" : " on")} role="status">{said}</p>
      <p class="unseen" aria-live="polite">{news}</p>
      {help && <Help onClose={() => setHelp(false)} />}
    </>
  );
}

const none: Field[] = [];

/** Status says how a search went, aloud too. */
function Status({ found, place, total, onMore }: { found: ReturnType<typeof useRows>[0]; place: Place; total: number | undefined; onMore: (limit: number) => void }) {
  const n = found.rows.length.toLocaleString("en");
  const more = limits.find((l) => l > place.limit);
  const full = found.state === "done" && found.rows.length >= place.limit;
  const text = {
    running: found.rows.length > 0 ? `Searching… ${n} so far` : "Searching…",
    done: full ? `The ${place.order === "desc" ? "newest" : "oldest"} ${n}${total ? ` of ${total.toLocaleString("en")}` : ""}` : `${n} ${found.rows.length === 1 ? "event" : "events"}`,
    cancelled: `Cancelled: ${n} shown, there may be more`,
    failed: found.rows.length > 0 ? `Failed: ${n} shown, not all` : "Failed",
  }[found.state];
  return (
    <p class="status">
      <span role="status">{text}</span>
      {found.state !== "running" && <span class="aside">{Math.round(found.took).toLocaleString("en")} ms</span>}
      {full && more && <button type="button" class="quiet" onClick={() => onMore(more)}>Show up to {more.toLocaleString("en")}</button>}
    </p>
  );
}

const first = `logger -n 127.0.0.1 -P 5514 -d -t sshd "Failed password for root from 203.0.113.7 port 40122 ssh2"`;

/** Nothing says what to do when a search found nothing. */
function Nothing({ place, onRange, onClear, copy }: { place: Place; onRange: (from: string) => void; onClear: () => void; copy: (text: string, what: string) => void }) {
  const wider = ["-24h", "-7d", "-30d"].filter((f) => !isRelative(place.from) || resolve(f, 0) < resolve(place.from, 0));
  const widen = wider.map((f) => (
    <button key={f} type="button" onClick={() => onRange(f)}>Last {f.slice(1).replace("h", " hours").replace("d", " days")}</button>
  ));
  if (place.query !== "") {
    return (
      <div class="empty wide">
        <h2>No event matches</h2>
        <p>The query is well formed; nothing in this time range satisfies it.</p>
        <p class="choices">{widen}<button type="button" onClick={onClear}>Clear the query</button></p>
        <p class="note">Comparisons are case-sensitive. A comparison on a field that an event lacks is false. Press <kbd>?</kbd> for examples.</p>
      </div>
    );
  }
  return (
    <div class="empty wide">
      <h2>No events yet</h2>
      <p>Nothing was received in this time range. Paste this line in a shell to send a first log:</p>
      <Command text={first} copy={copy} />
      <p>
        Watchpost listens for syslog on <code>127.0.0.1 port 5514</code> (UDP and TCP) and <code>6514</code> (TLS), for agents on <code>http://127.0.0.1:8088</code>.
        {isRelative(place.to) && " This page looks again by itself every few seconds."}
      </p>
      {widen.length > 0 && <p class="choices">Or look further back: {widen}</p>}
    </div>
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

/** useDark puts the chosen colours on the page and returns which they are. */
function useDark(theme: string): string {
  const [system, setSystem] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const on = () => setSystem(query.matches);
    query.addEventListener("change", on);
    return () => query.removeEventListener("change", on);
  }, []);
  // Before children draw: the chart reads its colours from the page.
  document.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
  return theme === "auto" ? (system ? "dark" : "light") : theme;
}

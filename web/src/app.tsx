import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Field } from "./api";
import { showTenants } from "./columns";
import { useAlerts, useFields } from "./data";
import { DeskProvider, follow } from "./desk";
import type { Desk } from "./desk";
import { condition, conjoin, term, unpiped } from "./expr";
import { has } from "./features";
import type { Act } from "./filters";
import { HuntView } from "./hunt";
import { Lazy } from "./lazy";
import type { Pivot } from "./menu";
import { fresh as forget, href, limits, usePlace } from "./place";
import type { View } from "./place";
import { openOf, useNews } from "./rail";
import { shortcutFree } from "./results";
import { copy, usePreference } from "./say";
import { useSession } from "./session";
import { Text } from "./text";
import type { Session } from "./session";
import { iso, isRelative, resolve, zoneName } from "./time";

/** App asks who the user is before it shows anything of the logs. */
export function App() {
  const [sign, entered, again] = useSession();
  const [theme, setTheme] = usePreference("theme", ["auto", "light", "dark"]);
  const dark = useDark(theme);
  useEffect(() => {
    if (sign.state === "out") document.title = "Log in · Watchpost";
    if (sign.state === "setup") document.title = "Set up · Watchpost";
  }, [sign.state]);
  if (sign.state === "asking") return <main class="door" aria-busy="true"><p class="note">Asking who you are…</p></main>;
  if (sign.state === "out") return <Lazy load={() => import("./login")} part="LogIn" props={{ entered, used: sign.used === true }} />;
  if (sign.state === "setup") return <Lazy load={() => import("./login")} part="Setup" props={{ token: sign.token ?? "", entered }} />;
  if (sign.state === "failed") {
    return (
      <main class="empty wide">
        <h2>Watchpost does not answer</h2>
        <p class="fault" role="alert"><Text value={sign.problem?.message ?? ""} limit={1000} /></p>
        <p class="choices"><button type="button" onClick={again}>Try again</button></p>
      </main>
    );
  }
  return <Page key={sign.session.user ?? ""} session={sign.session} theme={theme} dark={dark} setTheme={setTheme} />;
}

const none: Field[] = [];
const titles: Record<View, string> = { hunt: "Hunt", alerts: "Alerts", entity: "Entities", cases: "Investigations", packs: "Hunt packs", sources: "Sources", rules: "Rules", admin: "Administration" };

/** shown lists the views that this server and this user have. */
function shown(can: (p: string) => boolean): View[] {
  const out: View[] = ["hunt", "alerts"];
  if (has("/entities/{kind}/{value}")) out.push("entity");
  if (has("/investigations") && can("investigations.read")) out.push("cases");
  if (has("/packs") && can("rules.read")) out.push("packs");
  if (has("/sources") && can("sources.read")) out.push("sources");
  out.push("rules");
  if ((has("/users") && can("users")) || (has("/tokens") && can("tokens")) || (has("/audit") && can("audit"))) out.push("admin");
  return out;
}

type Theme = "auto" | "light" | "dark";

function Page({ session, theme, dark, setTheme }: { session: Session; theme: Theme; dark: string; setTheme: (t: Theme) => void }) {
  const [place, go] = usePlace();
  const [zone, setZone] = usePreference("zone", ["local", "utc"]);
  const [help, setHelp] = useState(false);
  const [said, setSaid] = useState("");
  const [pivot, setPivot] = useState<{ x: number; y: number; of: Pivot } | null>(null);
  const [pinning, setPinning] = useState<string[]>([]);
  const [account, setAccount] = useState(false);
  const main = useRef<HTMLElement>(null);
  const nav = useRef<HTMLElement>(null);

  showTenants((session.tenants?.length ?? 0) > 1);
  const can = useCallback((p: string) => session.can === undefined || session.can.includes(p), [session]);
  const views = shown(can);
  const view = place.view;
  const shows = views.includes(view);
  const sql = view === "hunt" && place.tab === "sql" && has("/sql", "post") && can("sql");
  const dictionary = useFields().value ?? none;
  const types = useMemo(() => new Map(dictionary.map((f) => [f.name, f])), [dictionary]);
  const alerts = useAlerts({ from: place.since, to: "now", mode: "live", limit: "200" }, 5000);
  const [news, fresh] = useNews(alerts);
  const open = openOf(alerts);

  useEffect(() => {
    document.title = titles[view] + " · Watchpost";
  }, [view]);
  // On a narrow screen not all views stand side by side.
  useEffect(() => nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [view, open > 0]);
  // What led here may be gone with the focus on it: one goes on in what came.
  const moved = useRef(false);
  useEffect(() => {
    if (moved.current && document.activeElement === document.body) main.current?.focus({ preventScroll: true });
    moved.current = true;
  }, [view, place.tab, place.id, place.value, place.incident]);
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), 4000);
    return () => clearTimeout(timer);
  }, [said]);
  const tell = useCallback((text: string, what: string) => void copy(text, what).then(setSaid), []);

  const act: Act = (does, field, value, range) => {
    const name = term(field);
    const cond = does === "exists" || does === "missing"
      ? name && `${does === "missing" ? "not " : ""}exists(${name})`
      : condition(field, types.get(field)?.type, does === "!=" ? "!=" : "==", value);
    if (cond === "") return;
    // What another part of the page shows is not narrowed by a hunt that nobody sees there.
    const [own] = unpiped(range ? "" : place.query);
    go({ query: does === "only" ? cond : conjoin(own, cond), ...(view === "hunt" && !sql ? {} : forget), view: "hunt", ...range, selected: "", limit: limits[0]!, ...(does === "only" ? { off: "" } : {}) });
  };
  const share = () => {
    const now = Date.now();
    const fixed = (bound: string) => (isRelative(bound) ? iso(resolve(bound, now)) : bound);
    tell(location.origin + href({ ...place, from: fixed(place.from), to: fixed(place.to) }), "the link, with fixed times");
  };
  const onPin = (...events: string[]) => {
    if (has("/investigations", "post") && can("investigations.write")) setPinning(events.filter((e) => e !== ""));
  };
  const desk: Desk = {
    place, go, zone, theme: dark, session, can, dictionary, types, act, copy: tell, tell: setSaid,
    pivot: (at, of) => setPivot({ ...at, of }),
  };

  // Keys of the view that is shown; a view's own come before those of the page.
  const own = useRef<Record<string, () => void>>({});
  const keys = useRef<((e: KeyboardEvent) => void) | undefined>(undefined);
  keys.current = (e) => {
    if (e.key === "Escape" && !e.defaultPrevented) {
      if ((e.target as Element).closest("[role=menu]") || document.querySelector("dialog[open]")) return; // what had the focus in a dialog may be gone
      own.current["Escape"]?.();
      return;
    }
    if (!shortcutFree(e)) return;
    const keymap: Record<string, () => void> = {
      "/": () => go({ view: "hunt", ...forget }),
      "?": () => setHelp(true),
      a: () => go({ ...forget, view: view === "alerts" ? "hunt" : "alerts" }),
      c: share,
      ...Object.fromEntries(views.map((v, i) => [String(i + 1), () => go({ ...forget, view: v })])),
      ...own.current,
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
  if (view !== "hunt") own.current = {};

  return (
    <DeskProvider value={desk}>
      <header>
        <h1>
          <img src="/favicon.svg" alt="" width={20} height={20} /> Watchpost
        </h1>
        <nav aria-label="Views" ref={nav}>
          {views.map((v) => {
            const to = { ...forget, view: v };
            return (
              <a key={v} href={href({ ...place, ...to })} aria-current={view === v ? "page" : undefined} onClick={follow(go, to)}>
                {v === "admin" ? "Admin" : titles[v]}
                {v === "alerts" && open > 0 && <span class="badge">{open > 999 ? "999+" : open}</span>}
              </a>
            );
          })}
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
        {session.user && session.kind === "user" && <button type="button" class="quiet" aria-haspopup="dialog" title="Your account: password, authenticator, log out" onClick={() => setAccount(true)}>{session.user}</button>}
        {session.open && session.setup && <span class="note" title="No user exists yet: everybody on this machine may do everything. When it started Watchpost printed a link to make one.">no log-in yet</span>}
      </header>
      <main class={view} ref={main} tabIndex={-1}>
        {!shows && (
          <section class="empty wide" aria-label={titles[view]}>
            <h2>{titles[view]}: not for you</h2>
            <p>{session.role ? <>The role <b>{session.role}</b> does not see this part.</> : "This server does not have this part."} An administrator can say who does.</p>
            <p class="choices"><a href="/" onClick={follow(go, { ...forget, view: "hunt" })}>To the hunt</a></p>
          </section>
        )}
        {sql && <Lazy load={() => import("./sql")} part="Sql" props={{ keys: own }} />}
        {view === "hunt" && !sql && <HuntView alerts={alerts} news={fresh} onPin={onPin} keys={own} />}
        {view === "alerts" && <Lazy load={() => import("./alerts")} part="AlertsView" props={{ news: fresh, keys: own, onPin }} />}
        {shows && view === "entity" && <Lazy load={() => import("./entity")} part="EntityView" props={{ onPin }} />}
        {shows && view === "cases" && <Lazy load={() => import("./cases")} part="CasesView" props={{}} />}
        {shows && view === "packs" && <Lazy load={() => import("./packs")} part="PacksView" props={{}} />}
        {shows && view === "sources" && <Lazy load={() => import("./sources")} part="SourcesView" props={{}} />}
        {view === "rules" && <Lazy load={() => import("./rules")} part="RulesView" props={{ keys: own }} />}
        {shows && view === "admin" && <Lazy load={() => import("./admin")} part="AdminView" props={{}} />}
      </main>
      <p class={"toast" + (said === "" ? "" : " on")} role="status">{said}</p>
      <p class="unseen" aria-live="polite">{news}</p>
      {help && <Lazy load={() => import("./help")} part="Help" props={{ onClose: () => setHelp(false) }} />}
      {pivot && <Lazy load={() => import("./pivot")} part="PivotMenu" props={{ ...pivot, onClose: () => setPivot(null), onPin }} />}
      {account && <Lazy load={() => import("./account")} part="Account" props={{ onClose: () => setAccount(false) }} />}
      {pinning.length > 0 && <Lazy load={() => import("./pin")} part="PinDialog" props={{ items: pinning.map((event) => ({ event })), onClose: () => setPinning([]) }} />}
    </DeskProvider>
  );
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

import { useEffect, useState } from "preact/hooks";
import { ask, create, get, lines } from "./api";
import type { Alert, Row } from "./api";
import { Asks, valuesOf } from "./asks";
import { classNames, Status } from "./alerts";
import type { Keys } from "./alerts";
import { ClosingForm } from "./closing";
import { useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { has } from "./features";
import { useKept } from "./kept";
import { Lazy } from "./lazy";
import { dayAround, Entity, Within } from "./menu";
import { href } from "./place";
import { huntOf, keyed, Level, nameOf, reckoned, RuleLink } from "./rail";
import { EventRows, usual } from "./rows";
import { Text, named, plain } from "./text";
import { ago, span, stamp, zoneName } from "./time";
import { beside, leaveAt } from "./walk";
import { WhyView } from "./why";
import type { Why } from "./why";

type Activity = { id?: string; time: string; user: string; action: string; owner?: string; comment?: string; class?: string; of?: string };
type State = { status?: string; owner?: string; class?: string; comments?: number; version?: number };

const most = 1000;
/** How often one looks again whether there is more of it, and what others did. */
const every = 15_000;

/** useEvidence reads the events of an alert. */
function useEvidence(id: string) {
  return useAnswer(id, async (signal) => {
    const rows: Row[] = [];
    await lines(await ask(`/alerts/${encodeURIComponent(id)}/events`, signal), signal, (more) => rows.push(...more.slice(0, most - rows.length)));
    return rows;
  });
}

/** AlertDetail is one alert: what happened, why the rule fired, what was done about it. */
export function AlertDetail({ id, keys, onPin }: { id: string; keys: Keys; onPin: (event: string) => void }) {
  const { place, go, types, zone, can, session, copy, tell } = useDesk();
  const [turn, setTurn] = useState(0);
  const [closing, setClosing] = useState(false);
  const [comment, setComment] = useKept(`alert ${id}`);
  const [pinning, setPinning] = useState(false);
  const [excepting, setExcepting] = useState(false);
  const path = `/alerts/${encodeURIComponent(id)}`;
  const { value: alert, problem } = useAnswer(`${id} ${turn}`, (signal) => get<Alert>(path, signal), id);
  const evidence = useEvidence(id);
  const why = useAnswer(has("/alerts/{id}/why") ? id : null, (signal) => get<Why>(`${path}/why`, signal));
  const done = useAnswer(has("/alerts/{id}/activity") ? `${id} ${turn}` : null, (signal) => get<{ activity: Activity[] | null; state?: State }>(`${path}/activity`, signal), id);
  // The other team may be at the same alert.
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTurn((t) => t + 1), every);
    return () => clearInterval(timer);
  }, []);
  // What is not shown yet is not acted on.
  const may = alert !== undefined && has("/alerts/{id}/activity", "post") && can("alerts.write");
  const state: State = done.value?.state ?? alert ?? {};
  const me = session.user ?? "local";

  const act = async (body: Record<string, unknown>, said: string) => {
    try {
      await create(`${path}/activity`, { ...body, ...(state.version === undefined ? {} : { version: state.version }) });
      tell(said);
      return true;
    } catch (err) {
      tell(err instanceof Error ? err.message : String(err));
      return false;
    } finally {
      setTurn((t) => t + 1);
    }
  };
  const back = { ...place, id: "", selected: "" };
  const next = beside("alerts", id);
  useEffect(() => leaveAt("alerts", id), [id]);
  useEffect(() => {
    document.title = (alert ? reveal(nameOf(alert).slice(0, 80)) + " · " : "") + "Alerts · Watchpost";
  }, [alert]);
  const hunt = alert && huntOf(alert, place.since, types);
  keys.current = {
    Escape: () => go({ id: "" }),
    ...(next.after ? { j: () => go({ id: next.after! }) } : {}),
    ...(next.before ? { k: () => go({ id: next.before! }) } : {}),
    ...(hunt ? { h: () => go({ ...hunt }) } : {}),
    ...(may && state.status === "new" ? { e: () => void act({ action: "acknowledge" }, "Acknowledged") } : {}),
    ...(may && state.status !== "closed" ? { y: () => setClosing(true) } : {}),
    ...(alert && has("/investigations", "post") && can("investigations.write") ? { p: () => setPinning(true) } : {}),
  };
  if (problem && !alert) {
    return (
      <section class="empty wide" aria-label="Alert">
        <h2>This alert cannot be shown</h2>
        <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>
        <p class="choices"><a href={href(back)} onClick={follow(go, back)}>All alerts</a></p>
      </section>
    );
  }
  if (!alert) return <p class="note pad" aria-busy="true">Reading the alert…</p>;
  // What the key does not say, the alert's fields may, or its last event: who got in, not who was tried first.
  const key = valuesOf(alert.group ?? {});
  const about = { ...valuesOf(evidence.value?.at(-1) ?? {}), ...valuesOf(alert as unknown as Row), ...key, ...(Object.values(key)[0] ? { entity: Object.values(key)[0]! } : {}) };
  const [first, last] = [Date.parse(alert["event.start"]), Date.parse(alert["event.end"])];
  const attack = [named(alert["threat.technique.id"], alert["threat.technique.name"]), plain(alert["threat.tactic.name"])].filter((s) => s !== "").join(" · ");
  return (
    <section class="one" aria-label="Alert">
      <div class="top-line">
        <a href={href(back)} onClick={follow(go, back)}>← Alerts</a>
        {next.of > 1 && (
          <span class="steps" role="group" aria-label="The list that you came from">
            <button type="button" class="quiet" title="The one before (k)" aria-label="The alert before" disabled={!next.before} onClick={() => go({ id: next.before! })}>↑</button>
            <span class="aside">{(next.at + 1).toLocaleString("en")} of {next.of.toLocaleString("en")}</span>
            <button type="button" class="quiet" title="The next one (j)" aria-label="The next alert" disabled={!next.after} onClick={() => go({ id: next.after! })}>↓</button>
          </span>
        )}
        <Level level={alert["rule.level"]} />
        <h2 class="long"><Text value={nameOf(alert)} limit={300} /></h2>
        {alert["rule.mode"] === "shadow" && <span class="level none">trial</span>}
        <span class="space" />
        {may && state.status === "new" && <button type="button" class="primary" onClick={() => void act({ action: "acknowledge" }, "Acknowledged")}>Acknowledge <kbd>e</kbd></button>}
        {may && state.owner !== me && state.status !== "closed" && <button type="button" onClick={() => void act({ action: "assign", owner: me }, "It is yours")}>Take</button>}
        {may && state.status !== "closed" && <button type="button" onClick={() => setClosing(true)}>Close… <kbd>y</kbd></button>}
        {may && state.status === "closed" && <button type="button" onClick={() => void act({ action: "reopen" }, "Opened again")}>Open again</button>}
        {has("/investigations", "post") && can("investigations.write") && <button type="button" onClick={() => setPinning(true)}>Pin <kbd>p</kbd></button>}
        {why.value?.known !== false && has("/exceptions/preview", "post") && can("rules.test") && <button type="button" title="What an exception for these would hide" onClick={() => setExcepting(true)}>Except…</button>}
        {hunt && <a class="button" href={href(hunt)} onClick={follow(go, hunt)}>Hunt <kbd>h</kbd></a>}
      </div>
      <Within range={dayAround(first, last)}>
      <div class="panes">
        <div class="main">
          {problem && <p class="fault" role="alert">The alert is not up to date: <Text value={problem.message} limit={1000} /></p>}
          <dl class="facts">
            {(session.tenants?.length ?? 0) > 1 && <div><dt>Tenant</dt><dd><Text value={alert.tenant ?? ""} limit={40} /></dd></div>}
            {Object.entries(alert.group ?? {}).map(([f, v]) => <div key={f}><dt><Text value={f} limit={100} /></dt><dd class="mono">{plain(v) === "" ? <span class="aside">none</span> : <Entity field={f} value={v} />}</dd></div>)}
            <div><dt>Events</dt><dd>{typeof alert.count === "number" && alert.count.toLocaleString("en")} <span class="aside"><Text value={reckoned(alert)} limit={600} /></span></dd></div>
            <div><dt>From</dt><dd class="mono">{stamp(first, zone)} <span class="aside">{zoneName(zone, first, last)}</span></dd></div>
            <div><dt>To</dt><dd class="mono">{stamp(last, zone)} <span class="aside">{last > first && `${span((last - first) / 1000)}; `}{ago(last, Date.now())}</span></dd></div>
            {attack !== "" && <div><dt>ATT&CK</dt><dd><Text value={attack} limit={300} /></dd></div>}
            <Known title="Asset" rows={alert.assets} />
            <Known title="Person" rows={alert.identities} />
            {(done.value || alert.status) && <div><dt>Status</dt><dd class="inline"><Status alert={state} /></dd></div>}
          </dl>
          <h3>Evidence <small>{evidence.value ? `${evidence.value.length.toLocaleString("en")} ${evidence.value.length === 1 ? "event" : "events"} that the alert names` : ""}</small></h3>
          {evidence.problem && <p class="fault" role="alert"><Text value={evidence.problem.message} limit={1000} /></p>}
          {evidence.busy && !evidence.value && <p class="note" aria-busy="true">Reading the events…</p>}
          {evidence.value?.length === 0 && <p class="note">The events that the alert names are not stored any more; pinned events are kept in their investigation.</p>}
          {evidence.value && evidence.value.length > 0 && <EventRows rows={evidence.value} onPin={onPin} label="Evidence" columns={[...new Set([...usual.slice(0, -1), ...Object.keys(alert.group ?? {}), ...usual])]} />}
          <h3>Why it matched</h3>
          {why.problem && <p class="fault"><Text value={why.problem.message} limit={1000} /></p>}
          {why.value ? <WhyView why={why.value} rows={evidence.value ?? []} /> : <pre class="code"><Text value={(alert["rule.query"] ?? "").trim()} limit={8000} lines /></pre>}
          <p class="note">Rule <span class="mono"><Text value={alert["rule.id"]} limit={100} /></span>{alert["rule.hash"] && <>, version <span class="mono"><Text value={alert["rule.hash"].slice(0, 8)} /></span></>}. <RuleLink id={alert["rule.id"]} name="Show the rule" /></p>
        </div>
        {(has("/alerts/{id}/activity") || has("/questions")) && (
          <aside class="history" aria-label="Questions and history">
            <Asks values={about} time={alert["event.end"]} most={6} />
            {has("/alerts/{id}/activity") && (<>
            <h3>History</h3>
            {may && (
              <form
                onSubmit={(e) => {
                  e.preventDefault();
                  if (comment.trim() !== "") void act({ action: "comment", comment: comment.trim() }, "Noted").then((done) => done && setComment(""));
                }}
              >
                <textarea rows={3} maxLength={4000} aria-label="Comment" placeholder="What did you see, ask, find?" value={comment} onInput={(e) => setComment(e.currentTarget.value)} />
                <button type="submit" disabled={comment.trim() === ""}>Comment</button>
              </form>
            )}
            {done.problem && <p class="fault"><Text value={done.problem.message} limit={1000} /></p>}
            <ol>
              {(done.value?.activity ?? []).slice().reverse().map((a, i) => (
                <li key={a.id ?? i}>
                  <b><Text value={a.user} limit={80} /></b> {words[a.action] ?? <Text value={a.action} limit={40} />}
                  {a.owner && a.action === "assign" && <> to <Text value={a.owner} limit={80} /></>}
                  {a.class && <>: <Text value={classNames.find(([c]) => c === a.class)?.[1] ?? a.class} limit={40} /></>}
                  <time class="aside" dateTime={a.time}>{stamp(Date.parse(a.time), zone)}</time>
                  {a.comment && <p><Text value={a.comment} limit={4000} lines /></p>}
                </li>
              ))}
              <li>The rule fired <time class="aside">{stamp(Date.parse(alert["@timestamp"] ?? alert["event.end"]), zone)}</time></li>
            </ol>
            <p><button type="button" class="quiet" onClick={() => copy(JSON.stringify(alert, null, 2), "the alert as JSON")}>Copy the alert as JSON</button></p>
            </>)}
          </aside>
        )}
      </div>
      </Within>
      {closing && <ClosingForm ids={[id]} onClose={() => setClosing(false)} onDone={(body) => (setClosing(false), act({ action: "close", ...body }, "Closed"))} />}
      {excepting && <Lazy load={() => import("./except")} part="Except" props={{ rule: alert["rule.id"], name: nameOf(alert), match: keyed(alert, types), tenant: alert.tenant, onClose: () => setExcepting(false) }} />}
      {pinning && <Lazy load={() => import("./pin")} part="PinDialog" props={{ items: [{ alert: id }], tenant: alert.tenant, onClose: () => setPinning(false) }} />}
    </section>
  );
}

/** Known is what the lists say of hosts, addresses or people that an alert names: whose they are, in which lane. */
function Known({ title, rows }: { title: string; rows: Record<string, string>[] | undefined }) {
  const rank = (column: string) => (/^(user|host|ip)$/.test(column) ? 0 : 1);
  return (
    <>
      {rows?.map((row, i) => (
        <div key={i}>
          <dt>{title}</dt>
          <dd>{Object.entries(row).sort(([a], [b]) => rank(a) - rank(b)).map(([column, v]) => [<span key={column} class="said-of"><span class="aside"><Text value={column} limit={60} /></span> <Text value={v} limit={200} /></span>, " "])}</dd>
        </div>
      ))}
    </>
  );
}

const words: Record<string, string> = { acknowledge: "acknowledged it", assign: "gave it", comment: "wrote", close: "closed it", reopen: "opened it again" };

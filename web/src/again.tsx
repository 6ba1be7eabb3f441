import { useEffect, useRef, useState } from "preact/hooks";
import { create, get, send } from "./api";
import { Back } from "./back";
import { asProblem, useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { both, condition } from "./expr";
import { has } from "./features";
import { at, href } from "./place";
import { Text, plain } from "./text";
import { ago, span, stamp, zoneName, zoneShort } from "./time";

type Job = {
  id: string; state: "running" | "done" | "failed" | "cancelled"; query: string; from: string; to: string; dry_run: boolean; by: string; begun: string; ended?: string;
  total: number; read: number; changed: number; changes: { from: string; to: string; count: number }[] | null; error?: string;
};
type Counted = { columns: { name: string }[]; rows: unknown[][] | null; partial?: boolean; reason?: string };

const n = (v: number) => v.toLocaleString("en");

/** What can be read badly: by the value of event.dataset that says so. */
const kinds: [string, string, string][] = [
  ["unparsed", "not read at all", "Not even a time or a sender's name could be read."],
  ["syslog", "only the header read", "A syslog header was read; no parser knows what stands behind it."],
];
const queryOf = (dataset: string) => `event.dataset == "${dataset}"`;

/** useJobs follows the jobs that read events anew: each second while one is under way. */
function useJobs() {
  const { can } = useDesk();
  const [turn, setTurn] = useState(0);
  const { value, problem } = useAnswer(has("/reparse") && can("quarantine") ? `jobs ${turn}` : null, (signal) => get<{ reparses: Job[] | null }>("/reparse", signal), "jobs");
  const jobs = value?.reparses ?? [];
  const running = jobs.find((j) => j.state === "running");
  useEffect(() => {
    const timer = setTimeout(() => document.visibilityState === "visible" && setTurn((t) => t + 1), running ? 1000 : 10_000);
    return () => clearTimeout(timer);
  }, [value, problem, running]);
  return { jobs, running, problem, again: () => setTurn((t) => t + 1) };
}

/** NotUnderstood shows who sends what no parser reads, and reads it again. */
export function NotUnderstood() {
  const { place, go, zone, types, can } = useDesk();
  const [dataset, setDataset] = useState(kinds[0]![0]);
  const [fault, setFault] = useState("");
  const [asking, setAsking] = useState(false);
  const { jobs, running, problem: jobsProblem, again } = useJobs();
  const may = has("/reparse", "post") && can("quarantine");
  const ended = jobs.filter((j) => j.state !== "running").length;
  const query = queryOf(dataset);
  const { value: told, problem, busy } = useAnswer(`${dataset} ${place.since} ${ended}`, (signal) =>
    send<Counted>("/table", { query: `${query} | count by log.source.address, host.name, log.syslog.appname | sort -count | limit 100`, from: place.since, to: "now", unlisted: true }, signal));
  const value = busy ? undefined : told; // what is read again is what is shown
  const rows = value?.rows ?? [];
  const total = rows.reduce((sum, r) => sum + Number(r.at(-1)), 0);
  const begin = async (dry: boolean) => {
    setFault("");
    setAsking(true);
    try {
      await create<Job>("/reparse", { query, from: place.since, to: "now", dry_run: dry });
    } catch (err) {
      setFault(asProblem(err).message);
    }
    setAsking(false);
    again();
  };
  const cancel = async (id: string) => {
    try {
      await send(`/reparse/${encodeURIComponent(id)}`, {}, undefined, "DELETE");
    } catch (err) {
      setFault(asProblem(err).message);
    }
    again();
  };
  const all = at({ query, from: place.since });
  return (
    <>
      <div class="tools">
        <h2>{value ? `${n(total)}${rows.length >= 100 ? "+" : ""} ${total === 1 ? "event" : "events"}` : "Events"}</h2>
        <span class="chips" role="group" aria-label="How much was read">
          {kinds.map(([d, name, what]) => <button key={d} type="button" aria-pressed={dataset === d} title={what} onClick={() => setDataset(d)}>{name}</button>)}
        </span>
        <Back value={place.since} choices={["-24h", "-7d", "-30d", "-90d"]} onChange={(since) => go({ since })} />
        {total > 0 && <a href={href(all)} onClick={follow(go, all)}>See them</a>}
        <span class="space" />
        {may && (
          <>
            <button type="button" disabled={running !== undefined || asking || total === 0} title="Only count what would change" onClick={() => void begin(true)}>Try</button>
            <button type="button" class="primary" disabled={running !== undefined || asking || total === 0} title="Replace these events by what the parsers of today make of their lines" onClick={() => void begin(false)}>Read again</button>
          </>
        )}
      </div>
      <p class="note pad">{kinds.find(([d]) => d === dataset)![2]} The lines are kept whole: after an update of the parsers they can be read again.{may ? " Try counts what would change, and changes nothing." : ""}</p>
      {(fault || jobsProblem) && <p class="fault pad" role="alert"><Text value={fault || jobsProblem!.message} limit={1000} /></p>}
      {jobs.length > 0 && (
        <section class="jobs" aria-label="Read again">
          {jobs.slice(0, 5).map((j) => <JobLine key={j.id} job={j} onCancel={() => void cancel(j.id)} />)}
        </section>
      )}
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Counting…</p>}
      {value?.partial && <p class="fault pad" role="alert">Not all: <Text value={value.reason ?? "the count ended before it had read all"} limit={300} /></p>}
      {value && rows.length === 0 && <div class="empty"><h3>{dataset === "unparsed" ? "Everything was understood" : "Everything has a parser"}</h3><p>No event of this time is of this kind.</p></div>}
      {rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Who sends them">
          <table>
            <thead><tr><th scope="col">Sender</th><th scope="col">Host</th><th scope="col">Program</th><th scope="col" class="number">Events</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>
              {rows.map((r, i) => {
                const fields = ["log.source.address", "host.name", "log.syslog.appname"];
                const to = at({ query: fields.reduce((q, f, k) => (plain(r[k]) === "" ? q : both(q, condition(f, types.get(f)?.type, "==", r[k]))), query), from: place.since });
                return (
                  <tr key={i}>
                    {fields.map((f, k) => <td key={f} class="mono">{plain(r[k]) === "" ? <span class="aside">–</span> : <Text value={plain(r[k])} limit={120} />}</td>)}
                    <td class="number"><span class="share" style={{ width: `${(90 * Number(r.at(-1))) / Math.max(1, Number(rows[0]!.at(-1)))}px` }} />{n(Number(r.at(-1)))}</td>
                    <td class="nowrap"><a href={href(to)} onClick={follow(go, to)}>See them</a></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      <p class="unseen" role="status">{running ? `Reading again: ${share(running)} %` : ""}</p>
      {jobs.length > 0 && <p class="note pad">Times are {zoneName(zone)}. Jobs are forgotten when the process ends; the audit log keeps who began them.</p>}
    </>
  );
}

const share = (j: Job) => (j.total > 0 ? Math.floor((100 * j.read) / j.total) : 0);

function JobLine({ job: j, onCancel }: { job: Job; onCancel: () => void }) {
  const { go, zone } = useDesk();
  const what = { running: j.dry_run ? "Trying" : "Reading again", done: j.dry_run ? "Tried" : "Read again", failed: "Failed", cancelled: "Cancelled" }[j.state] ?? j.state;
  const changes = j.changes ?? [];
  const took = j.ended ? Date.parse(j.ended) - Date.parse(j.begun) : 0;
  return (
    <div class={"job " + j.state}>
      <b class={j.state === "failed" ? "fault" : ""}>{what}</b>
      <code><Text value={j.query} limit={160} /></code>
      {j.state === "running" ? (
        <>
          <progress aria-label="Events read again" max={Math.max(1, j.total)} value={j.read} />
          <span class="aside">{n(j.read)} of {n(j.total)}</span>
          <button type="button" onClick={onCancel}>Cancel</button>
        </>
      ) : (
        <span>{n(j.changed)} of {n(j.read)} {j.dry_run ? "would change" : "changed"}{j.read < j.total ? `, ${n(j.total - j.read)} were not looked at` : ""}</span>
      )}
      <span class="aside">{stamp(Date.parse(j.begun), zone)}, <Text value={j.by || "local"} limit={60} />{took > 0 ? `, ${span(Math.max(1, took / 1000))}` : ""}</span>
      {j.error && <p class="fault"><Text value={j.error} limit={600} /></p>}
      {changes.length > 0 && (
        <ul class="cloud">
          {changes.slice(0, 12).map((c) => {
            const to = at({ query: queryOf(j.dry_run ? c.from : c.to), from: j.from, to: j.to });
            return <li key={c.from + " " + c.to} class="mono"><Text value={c.from} limit={60} /> → <a href={href(to)} onClick={follow(go, to)}><Text value={c.to} limit={60} /></a> <span class="aside">{n(c.count)}</span></li>;
          })}
          {changes.length > 12 && <li class="aside">and {n(changes.length - 12)} more kinds</li>}
        </ul>
      )}
      {j.state === "done" && j.changed === 0 && <p class="note">The parsers of today make the same of these lines. <a href="/?view=rules" onClick={follow(go, { view: "rules" })}>Rules</a> can still look for words in them, and a hunt finds them by their text.</p>}
    </div>
  );
}

type Aside = { id: string; kind: string; tenant?: string; stored: string; received: string; rows: number; reason: string; replayed: boolean };
type Replayed = { stored: number; kept: { id: string; reason: string }[] | null };

/** How many entries are listed, and how many are tried in one request: few, so that it can be seen how far it is. */
const listed = 1000;
const together = 10;

/** Quarantine lists what could not be stored, and lets it be tried again. */
export function Quarantine() {
  const { zone, can, session } = useDesk();
  const [turn, setTurn] = useState(0);
  const [doing, setDoing] = useState<{ done: number; of: number; stored: number } | null>(null);
  const [outcome, setOutcome] = useState<{ text: string; fault?: boolean } | null>(null);
  const [kept, setKept] = useState<Map<string, string>>(new Map());
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);
  const { value, problem, busy } = useAnswer(`quarantine ${turn}`, (signal) => get<{ quarantine: Aside[] | null }>(`/quarantine?limit=${listed}`, signal), "quarantine");
  const list = value?.quarantine ?? [];
  const open = list.filter((q) => !q.replayed);
  const several = (session.tenants?.length ?? 0) > 1;
  const may = has("/quarantine/replay", "post") && can("quarantine");
  const again = async (which: Aside[]) => {
    const ctl = new AbortController();
    stop.current = ctl;
    let [stored, still, done] = [0, 0, 0];
    const reasons = new Map<string, string>();
    setOutcome(null);
    try {
      for (let i = 0; i < which.length && !ctl.signal.aborted; i += together) {
        setDoing({ done, of: which.length, stored });
        const ids = which.slice(i, i + together).map((q) => q.id);
        const r = await send<Replayed>("/quarantine/replay", { ids }, ctl.signal);
        stored += r.stored;
        done += ids.length;
        for (const k of r.kept ?? []) (still++, reasons.set(k.id, k.reason));
      }
      setOutcome({ text: `${n(stored)} ${stored === 1 ? "event is" : "events are"} stored now${still > 0 ? `; ${n(still)} ${still === 1 ? "entry" : "entries"} still cannot be` : ""}.`, fault: still > 0 });
    } catch (err) {
      setOutcome({ text: `${n(stored)} ${stored === 1 ? "event is" : "events are"} stored now, then: ${ctl.signal.aborted ? "cancelled" : asProblem(err).message}`, fault: true });
    }
    setKept(reasons);
    setDoing(null);
    setTurn((t) => t + 1);
  };
  return (
    <>
      <div class="tools">
        <h2>{value ? `${n(open.length)}${list.length === listed ? "+" : ""} in quarantine` : "Quarantine"}</h2>
        <span class="note">What was received and could not be stored, kept whole. Each event is stored once, however often it is tried.</span>
        <span class="space" />
        {doing && <><progress aria-label="Entries tried" max={doing.of} value={doing.done} /><span class="aside" role="status">{n(doing.done)} of {n(doing.of)}, {n(doing.stored)} events stored</span><button type="button" onClick={() => stop.current?.abort()}>Cancel</button></>}
        {!doing && may && open.length > 0 && <button type="button" class="primary" onClick={() => void again(open)}>Store {open.length === 1 ? "it" : `all ${n(open.length)}`}</button>}
      </div>
      {outcome && <p class={"pad" + (outcome.fault ? " fault" : "")} role={outcome.fault ? "alert" : "status"}><Text value={outcome.text} limit={1000} /></p>}
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading…</p>}
      {value && list.length === 0 && <div class="empty"><h3>The quarantine is empty</h3><p>All that was received could be stored, was rejected with a reason, or was dropped by a rule of yours.</p></div>}
      {list.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Quarantined">
          <table>
            <thead><tr><th scope="col">Put aside <small>{zoneShort(zone)}</small></th>{several && <th scope="col">Tenant</th>}<th scope="col">What</th><th scope="col" class="number">Events</th><th scope="col">Why it could not be stored</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>
              {list.slice(0, 300).map((q) => (
                <tr key={q.id} class={q.replayed ? "nothing" : ""}>
                  <td class="mono nowrap">{stamp(Date.parse(q.stored), zone)} <div class="aside">{ago(Date.parse(q.stored), Date.now())}</div></td>
                  {several && <td><Text value={q.tenant ?? "several"} limit={60} /></td>}
                  <td>{q.kind === "block" ? "a record of the log" : q.kind === "row" ? "one event" : <Text value={q.kind ?? ""} limit={40} />}</td>
                  <td class="number">{typeof q.rows === "number" && n(q.rows)}</td>
                  <td class="said"><Text value={kept.get(q.id) ?? q.reason} limit={600} />{kept.has(q.id) && <div class="fault">tried just now</div>}</td>
                  <td class="nowrap">{q.replayed ? <span class="aside">stored after all</span> : may && <button type="button" class="quiet" disabled={doing !== null} onClick={() => void again([q])}>Try it</button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.length > 300 && <p class="note pad">{n(list.length - 300)} more are not shown; all are tried.</p>}
    </>
  );
}

import { useEffect, useState } from "preact/hooks";
import { create, get, send } from "./api";
import { asProblem, useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { has } from "./features";
import { Entity, Within } from "./menu";
import { at, href } from "./place";
import { Sheet } from "./sheet";
import { Text, howMany } from "./text";
import { ago, span, stamp, zoneName } from "./time";

type Counted = { id: string; name: string; count?: number; change?: number; change_24h?: number; top?: { value: string; count: number }[] | null; error?: string };
type Run = { pack: string; tenant: string; every_seconds: number; next?: string; from?: string; to?: string; started?: string; finished?: string; error?: string; hunts?: Counted[] | null; by?: string };
/** What a hunt asks, from the list of packs. */
export type Asked = { query: string; group_by: string; params: { name: string; default: string }[] | null };

type Schedule = { id: string; tenants: string[] | null; configured: boolean; owner?: string; pack: string; every_seconds: number; range_seconds?: number; hunts?: string[] | null; params?: Record<string, string> | null };

const recorded = "/packs/{name}/runs";
const runsOf = (pack: string) => recorded.replace("{name}", encodeURIComponent(pack));
/** How many earlier runs stand beside one another. */
const earlier = 8;
const rhythms: [number, string][] = [[900, "15 minutes"], [3600, "hour"], [86_400, "day"], [604_800, "week"]];
const n = (v: number) => v.toLocaleString("en");
const sign = (v: number | undefined) => (v === undefined ? "" : v === 0 ? "0" : `${v > 0 ? "+" : "−"}${n(Math.abs(v))}`);

/** Scheduled shows what hunts on a schedule found last, what changed since, and when they run next. */
export function Scheduled({ asked, packs }: { asked: Map<string, Asked>; packs: string[] }) {
  const { go, zone, session, can, tell } = useDesk();
  const [turn, setTurn] = useState(0);
  const [changed, setChanged] = useState(false);
  const [doing, setBusy] = useState("");
  const [past, setPast] = useState("");
  const [adding, setAdding] = useState(false);
  const { value, problem, busy } = useAnswer(`runs ${turn}`, (signal) => get<{ runs: Run[] | null }>("/packs/runs", signal), "runs");
  const runs = value?.runs ?? [];
  const under = runs.some((r) => r.started && !r.finished && !r.error);
  useEffect(() => {
    const timer = setTimeout(() => document.visibilityState === "visible" && setTurn((t) => t + 1), under ? 2000 : 15_000);
    return () => clearTimeout(timer);
  }, [value, problem, under]);
  const several = (session.tenants?.length ?? 0) > 1;
  const now = Date.now();
  const mayRun = has(recorded, "post") && can("hunts.write");
  const plans = useAnswer(has("/schedules") && can("hunts.read") ? `plans ${turn}` : null, (signal) => get<{ schedules: Schedule[] | null }>("/schedules", signal), "plans");
  const planOf = (r: Run) => plans.value?.schedules?.find((s) => s.pack === r.pack && (s.configured || (s.tenants ?? []).includes(r.tenant)));
  const mayPlan = has("/schedules", "post") && can("hunts.write");
  const change = async (what: string, does: () => Promise<unknown>, then: string) => {
    setBusy(what);
    try {
      await does();
      tell(then);
    } catch (err) {
      tell(asProblem(err).message);
    }
    setBusy("");
    setTurn((t) => t + 1);
  };
  const run = (r: Run) => {
    const plan = planOf(r);
    void change(`${r.tenant} ${r.pack}`, () => create(runsOf(r.pack), {
      tenant: r.tenant, ...(plan?.range_seconds ? { range_seconds: plan.range_seconds } : {}), ...(plan?.hunts?.length ? { hunts: plan.hunts } : {}), ...(plan?.params ? { params: plan.params } : {}),
    }), `${r.pack} has run`);
  };
  const news = (h: Counted) => (h.change_24h ?? h.change ?? 0) !== 0 || h.error !== undefined;
  if (problem && !value) return <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>;
  if (!value) return <p class="note pad" aria-busy={busy}>Reading what ran…</p>;
  if (runs.length === 0) {
    return (
      <div class="empty wide">
        <h2>No pack is on a schedule</h2>
        <p>A pack that runs by itself says each day what changed.{mayPlan ? "" : " Put it into the configuration, below query, and start again:"}</p>
        {mayPlan ? <p class="choices"><button type="button" class="primary" onClick={() => setAdding(true)}>Put a pack on a schedule…</button></p> : <pre class="code">{"packs:\n  - {pack: accounts, every: 24h}\n  - {pack: network, every: 1h, range: 24h}"}</pre>}
        {adding && <Add packs={packs} onClose={(changed) => (setAdding(false), changed && setTurn((t) => t + 1))} />}
      </div>
    );
  }
  return (
    <>
      <div class="tools">
        <h2>{howMany(value ? runs.length : undefined, "pack", "packs")} on a schedule</h2>
        <label class="option"><input type="checkbox" checked={changed} onChange={(e) => setChanged(e.currentTarget.checked)} /> only hunts whose count changed</label>
        <span class="space" />
        <span class="note">Times are {zoneName(zone)}.</span>
        {mayPlan && <button type="button" onClick={() => setAdding(true)}>Put a pack on a schedule…</button>}
      </div>
      {adding && <Add packs={packs} onClose={(changed) => (setAdding(false), changed && setTurn((t) => t + 1))} />}
      {problem && <p class="fault pad" role="alert">Not up to date: <Text value={problem.message} limit={1000} /></p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="What ran on a schedule">
        <table class="packs">
          <thead><tr><th scope="col">Hunt</th><th scope="col" class="number">Found</th><th scope="col" class="number" title="Since the run before">Change</th><th scope="col" class="number" title="Since the newest run that ended at least 24 hours before">In 24 h</th><th scope="col">Most frequent</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
          {runs.map((r) => {
            const hunts = (r.hunts ?? []).filter((h) => !changed || news(h));
            const [last, next] = [Date.parse(r.to ?? ""), Date.parse(r.next ?? "")];
            const [id, plan] = [`${r.tenant} ${r.pack}`, planOf(r)];
            const running = doing === id || r.started !== undefined && r.finished === undefined && !r.error;
            return (
              <tbody key={id}>
                <tr class="group">
                  <th scope="rowgroup" colSpan={5}>
                    <Text value={r.pack} limit={80} />
                    <small>
                      {several && <><Text value={r.tenant} limit={60} /> · </>}every {span(r.every_seconds)} · {r.started === undefined ? "has not run yet" : <>looked at {stamp(Date.parse(r.from ?? ""), zone)} – {stamp(last, zone)}{running ? ", runs now" : `, ran ${ago(Date.parse(r.started), now)}`}{r.by ? <>, asked by <Text value={r.by} limit={60} /></> : ""}</>}
                      {!Number.isNaN(next) && <> · next {next <= now ? "now" : `in ${span((next - now) / 1000)}`}</>}
                    </small>
                    {r.error && <div class="fault"><Text value={r.error} limit={400} /></div>}
                  </th>
                  <th class="nowrap">
                    {mayRun && <button type="button" class="quiet" disabled={running || doing !== ""} onClick={() => run(r)}>{doing === id ? "Running…" : "Run now"}<span class="unseen"> {reveal(r.pack).slice(0, 80)}</span></button>}
                    {has(recorded) && <button type="button" class="quiet" aria-expanded={past === id} onClick={() => setPast(past === id ? "" : id)}>Earlier<span class="unseen"> runs of {reveal(r.pack).slice(0, 80)}</span></button>}
                    {mayPlan && plan && !plan.configured && <button type="button" class="quiet" onClick={() => void change("", () => send(`/schedules/${encodeURIComponent(plan.id)}`, {}, undefined, "DELETE"), `${r.pack} is off its schedule`)}>Stop<span class="unseen"> {reveal(r.pack).slice(0, 80)}</span></button>}
                  </th>
                </tr>
                {past === id && <tr><td colSpan={6}><Earlier pack={r.pack} tenant={r.tenant} /></td></tr>}
                {hunts.map((h) => {
                  const a = asked.get(`${r.pack}/${h.id}`);
                  // Only the server puts values into a query.
                  const to = a && (a.params ?? []).length === 0 && r.from && r.to ? at({ query: a.query, by: a.group_by, from: r.from, to: r.to }) : undefined;
                  return (
                    <tr key={h.id} class={h.count === 0 ? "nothing" : ""}>
                      <td><b><Text value={h.name || h.id} limit={200} /></b>{h.error && <div class="fault"><Text value={h.error} limit={400} /></div>}</td>
                      <td class="number">{h.count !== undefined && !h.error && <b>{n(h.count)}</b>}</td>
                      <td class={"number" + ((h.change ?? 0) > 0 ? " more-than" : "")}>{sign(h.change)}</td>
                      <td class={"number" + ((h.change_24h ?? 0) > 0 ? " more-than" : "")}>{sign(h.change_24h)}</td>
                      <td class="mono tops"><Tops top={h.top} field={a?.group_by ?? ""} from={r.from} to={r.to} /></td>
                      <td class="nowrap">{to && <a href={href(to)} onClick={follow(go, to)}>Open<span class="unseen"> {reveal(h.name || h.id).slice(0, 80)} as a hunt</span></a>}</td>
                    </tr>
                  );
                })}
                {hunts.length === 0 && r.started !== undefined && <tr><td colSpan={6} class="aside">{changed ? "Nothing changed." : "Its hunts have not ended yet."}</td></tr>}
              </tbody>
            );
          })}
        </table>
      </div>
      {runs.every((r) => (r.hunts ?? []).every((h) => h.change === undefined)) && <p class="note pad">There is a change to show once a pack has run twice.</p>}
    </>
  );
}

/** Earlier shows the counts of the last runs beside one another, the newest first. */
function Earlier({ pack, tenant }: { pack: string; tenant: string }) {
  const { zone } = useDesk();
  const { value, problem } = useAnswer(`${tenant} ${pack}`, (signal) => get<{ runs: Run[] | null }>(`${runsOf(pack)}?${new URLSearchParams({ tenant, limit: String(earlier) })}`, signal));
  const runs = value?.runs ?? [];
  const hunts = [...new Map(runs.flatMap((r) => (r.hunts ?? []).map((h) => [h.id, h.name] as const)))];
  if (problem) return <p class="fault"><Text value={problem.message} limit={600} /></p>;
  if (!value) return <p class="note" aria-busy="true">Reading the last runs…</p>;
  if (runs.length === 0) return <p class="note">It has not run yet.</p>;
  return (
    <div class="plain" tabIndex={0} role="region" aria-label={`Last runs of ${reveal(pack).slice(0, 80)}`}>
      <table>
        <thead><tr><th scope="col">Hunt</th>{runs.map((r, i) => <th key={i} scope="col" class="number">{stamp(Date.parse(r.to ?? ""), zone).slice(5, 16)}{r.by && <div class="small"><Text value={r.by} limit={20} /></div>}</th>)}</tr></thead>
        <tbody>
          {hunts.map(([id, name]) => (
            <tr key={id}>
              <td><Text value={name || id} limit={120} /></td>
              {runs.map((r, i) => {
                const h = r.hunts?.find((x) => x.id === id);
                return <td key={i} class={"number" + ((h?.change ?? 0) > 0 ? " more-than" : "")}>{h?.error ? "failed" : h?.count === undefined ? "" : n(h.count)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Add puts a pack on a schedule. */
function Add({ packs, onClose }: { packs: string[]; onClose: (changed: boolean) => void }) {
  const { tell, session } = useDesk();
  const [pack, setPack] = useState(packs[0] ?? "");
  const [every, setEvery] = useState(86_400);
  const tenants = session.tenants ?? [];
  const [tenant, setTenant] = useState(tenants[0] ?? "");
  const [fault, setFault] = useState("");
  return (
    <Sheet title="Put a pack on a schedule" onClose={() => onClose(false)}>
      <form
        class="fill"
        onSubmit={(e) => {
          e.preventDefault();
          create("/schedules", { pack, every_seconds: every, range_seconds: Math.max(every, 86_400), ...(tenants.length > 1 ? { tenant } : {}) }).then(
            () => (tell(`${pack} is on a schedule`), onClose(true)),
            (err) => setFault(asProblem(err).message),
          );
        }}
      >
        <label>Pack <select value={pack} onChange={(e) => setPack(e.currentTarget.value)}>{packs.map((p) => <option key={p} value={p}>{reveal(p)}</option>)}</select></label>
        <label>Every <select value={every} onChange={(e) => setEvery(Number(e.currentTarget.value))}>{rhythms.map(([s, name]) => <option key={s} value={s}>{name}</option>)}</select></label>
        {tenants.length > 1 && <label>Tenant <select value={tenant} onChange={(e) => setTenant(e.currentTarget.value)}>{tenants.map((t) => <option key={t} value={t}>{reveal(t)}</option>)}</select></label>}
        <p class="note">Each run looks back over the last {every > 86_400 ? "week" : "24 hours"}, and its counts are kept.</p>
        {fault && <p class="fault" role="alert"><Text value={fault} limit={600} /></p>}
        <p class="ends"><button type="submit" class="primary" disabled={pack === ""}>Put it on</button></p>
      </form>
    </Sheet>
  );
}

/** Tops are the most frequent values that a hunt found in a time. */
export function Tops({ top, field, from, to }: { top: { value: string; count: number }[] | null | undefined; field: string; from?: string; to?: string }) {
  return (
    <Within range={from && to ? { from, to } : undefined}>
      {top?.slice(0, 3).map((v) => <span key={v.value} class="pair"><Entity field={field} value={v.value} /> <span class="aside">{n(v.count)}</span></span>)}
    </Within>
  );
}

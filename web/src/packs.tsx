import { useEffect, useRef, useState } from "preact/hooks";
import { get, send } from "./api";
import { Back } from "./back";
import { asProblem, useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { has } from "./features";
import { at, href } from "./place";
import { Scheduled, Tops } from "./scheduled";
import { Text, howMany } from "./text";
import { iso, resolve, span, stamp, zoneName } from "./time";

type Hunt = { id: string; name: string; description: string; attack: string[] | null; question?: number; params: { name: string; default: string }[] | null; query: string; group_by: string };
type Pack = { name: string; description: string; hunts: Hunt[] | null };
type Found = { id: string; query: string; group_by?: string; count: number; before: number; change: number; top: { value: string; count: number }[] | null; error?: string };
type Result = { pack: string; from: string; to: string; hunts: Found[] | null };
/** What a hunt found, over which time; without it only the fault is known. */
type Outcome = { from: string; to: string; found?: Found; fault?: string };

/** The ten questions, short. */
const questions = ["", "Log-ins of a user", "What an address touched", "What happened on a host", "Is it new", "Who else saw it", "Failures, then success", "Changes by administrators", "Alerts of other products", "What left", "Who was silent"];

/** How many hunts one request runs: few, so that what is found shows as it comes. */
const together = 4;

/** PacksView lists the hunts that are asked again and again, runs them, and says what changed. */
export function PacksView() {
  const { place, go, zone, can } = useDesk();
  const [text, setText] = useState("");
  const [values, setValues] = useState<Record<string, Record<string, string>>>({});
  const [outcomes, setOutcomes] = useState<Map<string, Outcome>>(new Map());
  const [running, setRunning] = useState<{ done: number; of: number } | null>(null);
  const [foundOnly, setFoundOnly] = useState(false);
  const ctl = useRef<AbortController | null>(null);
  useEffect(() => () => ctl.current?.abort(), []);
  const { value, problem, busy } = useAnswer("packs", (signal) => get<{ packs: Pack[] | null }>("/packs", signal));
  const question = Number(place.tab) || 0;
  const want = text.toLowerCase();
  const key = (p: Pack, h: Hunt) => `${p.name}/${h.id}`;
  const fits = (p: Pack, h: Hunt) =>
    (question === 0 || h.question === question) && `${h.name} ${h.id} ${h.description} ${(h.attack ?? []).join(" ")} ${p.name}`.toLowerCase().includes(want) && (!foundOnly || (outcomes.get(key(p, h))?.found?.count ?? 0) > 0);
  const packs = (value?.packs ?? []).map((p) => ({ pack: p, hunts: (p.hunts ?? []).filter((h) => fits(p, h)) })).filter((p) => p.hunts.length > 0);
  const shown = packs.reduce((n, p) => n + p.hunts.length, 0);
  const may = can("search");

  /** run asks for hunts of packs, some at a time; all over the same time. */
  const run = async (list: { pack: Pack; hunts: Hunt[] }[]) => {
    const c = new AbortController();
    ctl.current?.abort();
    ctl.current = c;
    const now = Date.now();
    const range = { from: iso(resolve(place.since, now)), to: iso(now) };
    // A request has one value for each name: those that somebody gave values run by themselves.
    const parts = list.flatMap(({ pack, hunts }) => {
      const plain = hunts.filter((h) => !values[key(pack, h)]);
      const groups = Array.from({ length: Math.ceil(plain.length / together) }, (_, i) => plain.slice(i * together, (i + 1) * together));
      return [...groups, ...hunts.filter((h) => values[key(pack, h)]).map((h) => [h])].map((hunts) => ({ pack, hunts }));
    });
    const of = list.reduce((n, p) => n + p.hunts.length, 0);
    let last: Outcome | undefined;
    setRunning({ done: 0, of });
    for (let i = 0, done = 0; i < parts.length && !c.signal.aborted; i++) {
      const { pack, hunts } = parts[i]!;
      const params = Object.assign({}, ...hunts.map((h) => values[key(pack, h)] ?? {})) as Record<string, string>;
      const add = new Map<string, Outcome>();
      try {
        const r = await send<Result>(`/packs/${encodeURIComponent(pack.name)}/run`, { ...range, hunts: hunts.map((h) => h.id), params }, c.signal);
        for (const f of r.hunts ?? []) add.set(`${pack.name}/${f.id}`, (last = { from: r.from, to: r.to, found: f, fault: f.error }));
      } catch (err) {
        if (c.signal.aborted) break;
        for (const h of hunts) add.set(key(pack, h), { ...range, fault: asProblem(err).message });
      }
      done += hunts.length;
      setOutcomes((old) => new Map([...old, ...add]));
      setRunning({ done, of });
    }
    if (ctl.current === c) setRunning(null);
    return last;
  };
  const open = async (pack: Pack, h: Hunt) => {
    const known = outcomes.get(key(pack, h));
    // Only the server puts values into a query.
    const o = known?.found || (h.params ?? []).length === 0 ? known : await run([{ pack, hunts: [h] }]);
    const query = o?.found?.query ?? ((h.params ?? []).length === 0 ? h.query : "");
    if (query !== "") go({ ...at({ query, by: h.group_by, from: o?.from ?? place.since, to: o?.to ?? "now" }) });
  };
  const tabs = (
    <div class="tabs" role="group" aria-label="Hunt packs as">
      {([["", "Hunts"], ["scheduled", "On a schedule"]] as const).map(([t, name]) => <a key={t} href={href({ ...place, tab: t })} aria-current={(t === "scheduled") === (place.tab === "scheduled") ? "page" : undefined} onClick={follow(go, { tab: t })}>{name}</a>)}
    </div>
  );
  if (place.tab === "scheduled" && has("/packs/runs")) {
    const asked = new Map((value?.packs ?? []).flatMap((p) => (p.hunts ?? []).map((h) => [key(p, h), h] as const)));
    return <section class="alerts" aria-label="Hunt packs">{tabs}<Scheduled asked={asked} packs={(value?.packs ?? []).map((p) => p.name)} /></section>;
  }
  const times = [...outcomes.values()].filter((o) => o.found);
  return (
    <section class="alerts" aria-label="Hunt packs">
      {has("/packs/runs") && tabs}
      <div class="tools">
        <h2>{howMany(value ? shown : undefined, "hunt", "hunts")}</h2>
        <label>
          <span class="unseen">Question </span>
          <select aria-label="Question" value={question} onChange={(e) => go({ tab: e.currentTarget.value === "0" ? "" : e.currentTarget.value })}>
            {questions.map((q, i) => <option key={i} value={i}>{i === 0 ? "about every question" : `${i}. ${q}`}</option>)}
          </select>
        </label>
        <input type="search" aria-label="Name or technique" placeholder="name or technique, T1110" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        {times.length > 0 && <label class="option"><input type="checkbox" checked={foundOnly} onChange={(e) => setFoundOnly(e.currentTarget.checked)} /> only those that found something</label>}
        <span class="space" />
        <Back value={place.since} onChange={(since) => (setOutcomes(new Map()), go({ since }))} />
        {running ? (
          <><progress aria-label="Hunts that have run" max={running.of} value={running.done} /><span class="aside" role="status">{running.done} of {running.of}</span><button type="button" onClick={() => ctl.current?.abort()}>Cancel</button></>
        ) : (
          may && shown > 0 && <button type="button" class="primary" onClick={() => void run(packs)}>{shown === (value?.packs ?? []).reduce((n, p) => n + (p.hunts?.length ?? 0), 0) ? "Run all" : "Run these"}</button>
        )}
      </div>
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={2000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading the packs…</p>}
      {value && shown === 0 && <p class="note pad">No hunt fits. A pack of your own is a file in the folder <code>packs</code> (docs/hunts.md).</p>}
      {times.length > 0 && (
        <p class="note pad">
          {times[0] && <>Found from {stamp(Date.parse(times[0].from), zone)} to {stamp(Date.parse(times[0].to), zone)} {zoneName(zone, Date.parse(times[0].from), Date.parse(times[0].to))}; “before” is the {span((Date.parse(times[0].to) - Date.parse(times[0].from)) / 1000)} before that.</>}
        </p>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Hunts">
        <table class="packs">
          <thead><tr><th scope="col">Hunt</th><th scope="col">ATT&CK</th><th scope="col" class="number">Found</th><th scope="col" class="number">Before</th><th scope="col" class="number">Change</th><th scope="col">Most frequent</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
          {packs.map(({ pack, hunts }) => (
            <tbody key={pack.name}>
              <tr class="group">
                <th scope="rowgroup" colSpan={6}><Text value={pack.name} limit={80} /> <small><Text value={pack.description.trim()} limit={300} /></small></th>
                <th class="nowrap">{may && <button type="button" class="quiet" disabled={running !== null} onClick={() => void run([{ pack, hunts }])}>Run the pack</button>}</th>
              </tr>
              {hunts.map((h) => {
                const o = outcomes.get(key(pack, h));
                const f = o?.found;
                return (
                  <tr key={h.id} class={f && f.count === 0 ? "nothing" : ""}>
                    <td>
                      <b><Text value={h.name} limit={200} /></b>
                      <div class="aside"><Text value={h.description.trim()} limit={400} lines />{h.question && questions[h.question] ? <> Question: <i>{questions[h.question]}</i></> : ""}</div>
                      {(h.params ?? []).map((p) => (
                        <label key={p.name} class="param"><Text value={p.name} limit={40} /> <input class="mono" value={values[key(pack, h)]?.[p.name] ?? p.default} onInput={(e) => { const v = e.currentTarget.value; setValues((old) => ({ ...old, [key(pack, h)]: { ...old[key(pack, h)], [p.name]: v } })); setOutcomes((old) => { const next = new Map(old); next.delete(key(pack, h)); return next; }); }} /></label>
                      ))}
                      {o?.fault && <div class="fault"><Text value={o.fault} limit={400} /></div>}
                    </td>
                    <td class="mono techniques"><Text value={(h.attack ?? []).join(" ")} limit={120} /></td>
                    <td class="number">{f && !f.error && <b>{f.count.toLocaleString("en")}</b>}</td>
                    <td class="number">{f && !f.error && f.before.toLocaleString("en")}</td>
                    <td class={"number" + (f && f.change > 0 ? " more-than" : "")}>{f && !f.error && (f.change === 0 ? "0" : `${f.change > 0 ? "+" : "−"}${Math.abs(f.change).toLocaleString("en")}`)}</td>
                    <td class="mono tops"><Tops top={f?.top} field={h.group_by} from={o?.from} to={o?.to} /></td>
                    <td class="nowrap">
                      {may && <button type="button" class="quiet" disabled={running !== null} onClick={() => void run([{ pack, hunts: [h] }])}>Run<span class="unseen"> {reveal(h.name).slice(0, 80)}</span></button>}
                      <button type="button" class="quiet" disabled={running !== null} onClick={() => void open(pack, h)}>Open<span class="unseen"> {reveal(h.name).slice(0, 80)} as a hunt</span></button>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          ))}
        </table>
      </div>
    </section>
  );
}

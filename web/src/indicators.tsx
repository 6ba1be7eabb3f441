import { useEffect, useRef, useState } from "preact/hooks";
import { alerts as alertsOf, get, send } from "./api";
import type { Alert } from "./api";
import { Status } from "./alerts";
import { asProblem, useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { has } from "./features";
import { at, href } from "./place";
import { huntOf, keyOf } from "./rail";
import { Confirm, Sheet } from "./sheet";
import { Text, howMany, plain } from "./text";
import { ago, stamp, zoneName, zoneShort } from "./time";

type File = { name: string; kinds: Record<string, number>; sources: string[] | null; expired: number; skipped: number; example?: string; left_out: number; fault?: string };
type Answer = { kinds: Record<string, number>; files: File[] | null };
type Indicator = { kind: string; value: string; source: string; until?: string; expired: boolean; searched: boolean };

const kinds: [string, string, string][] = [["ip", "address", "addresses"], ["domain", "domain", "domains"], ["url", "URL", "URLs"], ["hash", "hash", "hashes"]];
const kindWords = (by: Record<string, number>) => kinds.filter(([k]) => (by[k] ?? 0) > 0).map(([k, one, many]) => `${by[k]!.toLocaleString("en")} ${by[k] === 1 ? one : many}`).join(", ");
const largest = 16 << 20;

/** Indicators are the lists of what others found to be evil: which there are, what of it was seen, and how more come. */
export function Indicators() {
  const { place, go, can, tell, zone, types } = useDesk();
  const [turn, setTurn] = useState(0);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTurn((t) => t + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  const { value, problem, busy } = useAnswer(`iocs ${turn}`, (signal) => get<Answer>("/iocs", signal), "iocs");
  const seen = useAnswer(can("alerts.read") ? `seen ${turn}` : null, async (signal) => (await alertsOf({ rule: "ioc-seen-in-past", mode: "all", from: "-90d", to: "now", limit: "200", query: "true" }, signal)).found?.alerts ?? []);
  const files = value?.files ?? [];
  const total = Object.values(value?.kinds ?? {}).reduce((a, b) => a + b, 0);
  const may = has("/iocs/{name}", "put") && can("rules.write");
  const remove = async (name: string) => {
    try {
      await send(`/iocs/${encodeURIComponent(name)}`, {}, undefined, "DELETE");
      tell(`${reveal(name)} is taken away`);
    } catch (err) {
      tell(asProblem(err).message);
    }
    setRemoving("");
    setTurn((t) => t + 1);
  };
  if (place.id !== "") return <One key={place.id} name={place.id} seen={seen.value ?? []} />;
  const now = Date.now();
  return (
    <>
      <div class="tools">
        <h2>{howMany(value ? total : undefined, "indicator", "indicators")}</h2>
        <span class="aside">{value && kindWords(value.kinds)}</span>
        <span class="space" />
        <span class="note">Refreshed every 10 s.</span>
        {may && <button type="button" class="primary" onClick={() => setAdding(true)}>Add indicators</button>}
      </div>
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading the lists…</p>}
      {value && files.length === 0 && (
        <div class="empty">
          <h2>No indicators yet</h2>
          <p>Addresses, domains, URLs and hashes that others report are looked for in every event that comes, and once in all that is stored of the last 90 days. They come as text, CSV, STIX 2.1 or MISP JSON.</p>
          {may ? <p class="choices"><button type="button" class="primary" onClick={() => setAdding(true)}>Add the first</button></p> : <p class="note">Whoever may change rules and sees all tenants adds them; files in the folder <code>iocs</code> count, too (docs/iocs.md).</p>}
        </div>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Lists of indicators">
        {files.length > 0 && (
          <table class="iocs">
            <thead><tr><th scope="col">List</th><th scope="col">Holds</th><th scope="col">Sources</th><th scope="col" class="number">Over</th><th scope="col" class="number">Skipped</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
            <tbody>
              {files.map((f) => (
                <tr key={f.name}>
                  <td class="mono">{has("/iocs/{name}") ? <a href={href({ ...place, id: f.name })} onClick={follow(go, { id: f.name })}><Text value={f.name} limit={120} /></a> : <Text value={f.name} limit={120} />}</td>
                  <td>{kindWords(f.kinds)}{f.fault && <span class="fault"><Text value={f.fault} limit={400} /></span>}{f.left_out > 0 && <div class="fault">{f.left_out.toLocaleString("en")} too many: not looked for</div>}{f.example && <div class="aside example">skipped {f.skipped > 1 && "among others "}<Text value={f.example} limit={120} /></div>}</td>
                  <td><Text value={(f.sources ?? []).join(", ")} limit={200} /></td>
                  <td class="number">{f.expired > 0 && f.expired.toLocaleString("en")}</td>
                  <td class="number" title={f.example ? reveal(f.example).slice(0, 300) : undefined}>{f.skipped > 0 && f.skipped.toLocaleString("en")}</td>
                  <td class="nowrap">{may && <button type="button" class="quiet" onClick={() => setRemoving(f.name)}>Remove<span class="unseen"> {reveal(f.name)}</span></button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {value && can("alerts.read") && (files.length > 0 || (seen.value?.length ?? 0) > 0) && (
          <div class="stack">
            <h3>Seen in the stored past</h3>
            {seen.problem && <p class="fault"><Text value={seen.problem.message} limit={600} /></p>}
            {seen.value?.length === 0 && <p class="note">None of them, so far. Each new one is looked for once in the events of 90 days, within about a minute; a list tells which were. What comes from now on is matched as it arrives and raises alerts of the rules of threat intelligence.</p>}
            {(seen.value?.length ?? 0) > 0 && <Sightings list={seen.value!} zone={zone} types={types} now={now} />}
          </div>
        )}
      </div>
      {adding && <Add files={files} onClose={() => setAdding(false)} onDone={() => setTurn((t) => t + 1)} />}
      {removing !== "" && (
        <Confirm title={`Remove ${reveal(removing)}?`} verb="Remove the list" onDo={() => void remove(removing)} onClose={() => setRemoving("")}>
          Its indicators are no longer looked for. Alerts that they led to stay.
        </Confirm>
      )}
    </>
  );
}

const fieldOf = (a: Alert, name: string) => plain((a as unknown as Record<string, unknown>)[name]);

/** Sightings are indicators that stand in stored events. */
function Sightings({ list, zone, types, now }: { list: Alert[]; zone: Parameters<typeof stamp>[1]; types: Parameters<typeof huntOf>[2]; now: number }) {
  const { go, session } = useDesk();
  const several = (session.tenants?.length ?? 0) > 1;
  return (
    <div class="listed"><div class="plain" tabIndex={0} role="region" aria-label="Indicators that were seen">
      <table>
        <thead><tr><th scope="col">Indicator</th><th scope="col">Source</th>{several && <th scope="col">Tenant</th>}<th scope="col">First seen <small>{zoneShort(zone)}</small></th><th scope="col">Last seen</th><th scope="col" class="number">Events</th><th scope="col">Status</th><th scope="col"><span class="unseen">What to do</span></th></tr></thead>
        <tbody>
          {list.map((a) => {
            const alert = at({ view: "alerts", id: a["alert.id"] });
            const hunt = huntOf({ ...a, group: {} }, "-30d", types);
            const last = Date.parse(a["event.end"]);
            return (
              <tr key={a["alert.id"]}>
                <td class="mono"><a href={href(alert)} onClick={follow(go, alert)}><Text value={keyOf(a)} limit={200} /></a></td>
                <td><Text value={fieldOf(a, "threat.indicator.provider")} limit={100} /></td>
                {several && <td><Text value={fieldOf(a, "tenant")} limit={40} /></td>}
                <td class="mono nowrap">{stamp(Date.parse(a["event.start"]), zone)}</td>
                <td class="mono nowrap">{stamp(last, zone)} <span class="aside">{ago(last, now)}</span></td>
                <td class="number">{typeof a.count === "number" && a.count.toLocaleString("en")}</td>
                <td class="inline"><Status alert={a} /></td>
                <td class="nowrap"><a href={href(hunt)} onClick={follow(go, hunt)}>Its events</a></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div></div>
  );
}

/** One is a list: its indicators, and whether the past was searched for them. */
function One({ name, seen }: { name: string; seen: Alert[] }) {
  const { place, go, zone } = useDesk();
  const [text, setText] = useState("");
  const path = `/iocs/${encodeURIComponent(name)}?${new URLSearchParams({ contains: text, limit: "500" })}`;
  const { value, problem, busy } = useAnswer(path, (signal) => get<{ total: number; indicators: Indicator[] | null }>(path, signal));
  const hits = new Map(seen.map((a) => [keyOf(a), a]));
  const list = value?.indicators ?? [];
  return (
    <>
      <div class="tools">
        <a href={href({ ...place, id: "" })} onClick={follow(go, { id: "" })}>← Indicators</a>
        <h2 class="mono"><Text value={name} limit={120} /></h2>
        <input type="search" aria-label="Part of a value" placeholder="part of a value" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <span class="aside">{value && (list.length < value.total ? `${list.length.toLocaleString("en")} of ` : "") + howMany(value.total, "indicator", "indicators")}</span>
      </div>
      {problem && <p class="fault pad" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading…</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Indicators">
        <table class="iocs">
          <thead><tr><th scope="col">Value</th><th scope="col">Kind</th><th scope="col">Source</th><th scope="col">Until <small>{zoneName(zone)}</small></th><th scope="col">In the stored past</th></tr></thead>
          <tbody>
            {list.map((i) => {
              const a = hits.get(i.value);
              const to = a && at({ view: "alerts", id: a["alert.id"] });
              return (
                <tr key={i.kind + i.value}>
                  <td class="mono"><Text value={i.value} limit={300} /></td>
                  <td><Text value={i.kind} limit={20} /></td>
                  <td><Text value={i.source} limit={100} /></td>
                  <td class="mono nowrap">{i.until && stamp(Date.parse(i.until), zone)}{i.expired && <span class="aside"> over</span>}</td>
                  <td>{to ? <a href={href(to)} onClick={follow(go, to)}>seen {typeof a.count === "number" && a.count.toLocaleString("en")}×</a> : i.searched ? <span class="aside">not seen</span> : i.expired ? "" : i.kind === "ip" && i.value.includes("/") ? <span class="aside">networks are looked for on the stream only</span> : <span class="aside">not yet looked for</span>}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** named makes a name that the server takes of a file's. */
const named = (name: string) => {
  const m = /^(.*?)\.(txt|csv|json)$/i.exec(name);
  return m && `${m[1]!.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "list"}.${m[2]!.toLowerCase()}`;
};

/** Add takes values that are typed, or a file. */
function Add({ files, onClose, onDone }: { files: File[]; onClose: () => void; onDone: () => void }) {
  const { tell } = useDesk();
  const [text, setText] = useState("");
  const [list, setList] = useState("by-hand");
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const name = file ? file.name : `${list}.txt`;
  const there = files.some((f) => f.name === name);
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    setFault("");
    try {
      const f = await send<File>(`/iocs/${encodeURIComponent(name)}`, file ? { text: file.text } : { text: text + "\n", add: true }, undefined, "PUT");
      tell(`${reveal(name)} now holds ${kindWords(f.kinds) || "nothing that is looked for"}${f.skipped > 0 ? `; ${f.skipped} ${f.skipped === 1 ? "entry was" : "entries were"} skipped` : ""}`);
      onDone();
      onClose();
    } catch (err) {
      setFault(asProblem(err).message);
    }
    setBusy(false);
  };
  const take = async (f: globalThis.File | undefined) => {
    setFault("");
    setFile(null);
    if (!f) return;
    const as = named(f.name);
    if (!as) return setFault("Want a file *.txt, *.csv or *.json.");
    if (f.size > largest) return setFault("The file has more than 16 MiB: put it into the folder of indicators on the server.");
    setFile({ name: as, text: await f.text() });
  };
  return (
    <Sheet title="Add indicators" wide onClose={onClose}>
      <form class="fill" onSubmit={(e) => void submit(e)}>
        <label>A file <input ref={input} type="file" accept=".txt,.csv,.json,text/plain,text/csv,application/json" onChange={(e) => void take(e.currentTarget.files?.[0])} /></label>
        <p class="note">A value a line, CSV with a head, a STIX 2.1 bundle, or MISP events. Or write them here:</p>
        {file ? (
          <p>{there ? <>It takes the place of the list <code>{name}</code>.</> : <>It becomes the list <code>{name}</code>.</>} <button type="button" class="quiet" onClick={() => { setFile(null); if (input.current) input.current.value = ""; }}>Another way</button></p>
        ) : (
          <>
            <label>Values <textarea class="mono" rows={6} required spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} placeholder={"203.0.113.7\nevil[.]example # who says so\nhxxp://evil[.]example/x"} /></label>
            <label>Into the list <input required pattern="[a-z0-9][a-z0-9_\-]{0,59}" title="small letters, digits, - and _" value={list} onInput={(e) => setList(e.currentTarget.value)} /></label>
          </>
        )}
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} limit={1000} /></p>}
        <p class="ends"><button type="submit" class="primary" disabled={busy}>{busy ? "Reading…" : file ? (there ? "Replace the list" : "Import") : "Add"}</button></p>
      </form>
    </Sheet>
  );
}

import { useEffect, useRef, useState } from "preact/hooks";
import { ask, get, Problem } from "./api";
import { columnsOf } from "./columns";
import { asProblem } from "./data";
import { useDesk } from "./desk";
import { unpiped } from "./expr";
import { has } from "./features";
import { save } from "./save";
import { Sheet } from "./sheet";
import { Text } from "./text";
import { iso, isRelative, resolve, stamp, zoneName } from "./time";

type Manifest = { sha256?: string; rows?: number; bytes?: number; complete?: boolean; reason?: string };

const formats: [string, string, string][] = [
  ["csv", "CSV", "for spreadsheets; what would be a formula there is made text"], ["ndjson", "NDJSON", "one event a line, unchanged: for tools and as evidence"], ["parquet", "Parquet", "for data frames"],
];

const size = (n: number) => (n < 1e6 ? `${Math.ceil(n / 1000).toLocaleString("en")} kB` : `${(n / 1e6).toFixed(1)} MB`);

/** most is how large a file may be whose sum a browser can reckon: it must be in memory whole. */
const most = 1e9;

/** sum returns the SHA-256 of a file in hex. */
async function sum(file: Blob): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

/** Export writes all hits to a file, and shows the checksum by which it can be proved unchanged. */
export function Export({ total, onClose }: { total: number | undefined; onClose: () => void }) {
  const { place, zone, copy } = useDesk();
  const [format, setFormat] = useState("csv");
  const [whole, setWhole] = useState(false);
  const [state, setState] = useState<{ bytes: number; done?: boolean; fault?: string; manifest?: Manifest } | null>(null);
  const ctl = useRef<AbortController | null>(null);
  useEffect(() => () => ctl.current?.abort(), []);
  const [opened] = useState(Date.now);
  const at = (bound: string, now: number) => (isRelative(bound) ? iso(resolve(bound, now)) : bound);
  const fixed = (bound: string) => stamp(resolve(bound, opened), zone);
  const run = async () => {
    const c = new AbortController();
    ctl.current = c;
    setState({ bytes: 0 });
    try {
      const now = Date.now();
      const res = await ask("/export", c.signal, {
        body: {
          query: unpiped(place.query)[0], from: at(place.from, now), to: at(place.to, now),
          fields: whole ? [] : ["event.id", ...columnsOf(place.cols)], format,
        },
      });
      const name = /filename="?([^";]+)/.exec(res.headers.get("Content-Disposition") ?? "")?.[1] ?? `watchpost.${format}`;
      const id = res.headers.get("Watchpost-Export-Id") ?? "";
      let parts: BlobPart[] = [];
      const reader = res.body!.getReader();
      let bytes = 0;
      for (let told = 0; ; ) {
        const { value, done } = await reader.read();
        if (done) break;
        parts.push(value as BlobPart);
        if (parts.length > 1000) parts = [new Blob(parts)]; // which the browser may put on disk
        bytes += value.length;
        if (performance.now() - told > 200) (told = performance.now()), setState({ bytes });
      }
      const file = new Blob(parts);
      // What arrived is all that the server meant to send, or it is not kept: a proxy may make a whole answer of one that broke off.
      const manifest = has("/exports/{id}") ? await get<Manifest>(`/exports/${encodeURIComponent(id)}`, c.signal) : undefined;
      if (manifest && !manifest.complete) throw new Problem("Export", `It broke off: ${manifest.reason ?? "the server does not say why"}.`, 0);
      // A page without TLS, beyond loopback, cannot reckon sums.
      if (manifest && (manifest.bytes !== bytes || (crypto.subtle && bytes <= most && (await sum(file)) !== manifest.sha256))) throw new Problem("Export", "What arrived is not what was sent: the checksums differ.", 0);
      save(name, res.headers.get("Content-Type") ?? "application/octet-stream", file);
      setState({ bytes, done: true, manifest });
    } catch (err) {
      setState({ bytes: 0, fault: c.signal.aborted ? "Cancelled. No file was saved." : `${asProblem(err).message} No file was saved: part of an export would be no evidence.` });
    }
  };
  const running = state !== null && !state.done && state.fault === undefined;
  return (
    <Sheet title="Export all hits" onClose={() => (ctl.current?.abort(), onClose())}>
      <p>{total === undefined ? "All events" : `${total.toLocaleString("en")} ${total === 1 ? "event" : "events"}`} from {fixed(place.from)} to {fixed(place.to)} {zoneName(zone, resolve(place.from, opened), resolve(place.to, opened))}. Times in the file are UTC. The export is noted in the audit.</p>
      <code class="line"><Text value={unpiped(place.query)[0] || "everything"} limit={400} /></code>
      <fieldset>
        <legend>Format</legend>
        {formats.map(([f, name, about]) => <label key={f} class="option"><input type="radio" name="format" checked={format === f} onChange={() => setFormat(f)} /> <span>{name} <small>{about}</small></span></label>)}
      </fieldset>
      <fieldset>
        <legend>Fields</legend>
        <label class="option"><input type="radio" name="whole" checked={!whole} onChange={() => setWhole(false)} /> <span>The columns shown</span></label>
        <label class="option"><input type="radio" name="whole" checked={whole} onChange={() => setWhole(true)} /> <span>All fields</span></label>
      </fieldset>
      {running && <p role="status"><progress aria-label="Export" /> {size(state.bytes)} received</p>}
      {state?.fault && <p class="fault" role="alert"><Text value={state.fault} limit={600} /></p>}
      {state?.done && <p role="status">Saved, {size(state.bytes)}{state.manifest?.rows !== undefined && `, ${state.manifest.rows.toLocaleString("en")} ${state.manifest.rows === 1 ? "event" : "events"}`}.</p>}
      {state?.manifest?.sha256 && <p class="hash">SHA-256 <code><Text value={String(state.manifest.sha256)} limit={80} /></code> <button type="button" onClick={() => copy(JSON.stringify(state.manifest, null, 2), "the manifest")}>Copy the manifest</button></p>}
      <p class="ends">
        {running ? <button type="button" onClick={() => ctl.current?.abort()}>Cancel the export</button> : <button type="button" class="primary" onClick={() => void run()}>Export</button>}
      </p>
    </Sheet>
  );
}

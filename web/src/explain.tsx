import { send } from "./api";
import { useAnswer } from "./data";
import { columnsOf } from "./columns";
import { useDesk } from "./desk";
import { unpiped } from "./expr";
import { Sheet } from "./sheet";
import { Text } from "./text";

type Plan = { expr?: string; sql?: string; granules?: { read?: number; total?: number }; parts?: { read?: number; total?: number }; indexes?: { type: string; name?: string; granules?: { read?: number; total?: number } }[] | null; estimate?: { rows?: number; bytes?: number } };

const n = (v: number | undefined) => (v === undefined ? "?" : v.toLocaleString("en"));
const size = (b: number) => (b >= 1e9 ? `${(b / 1e9).toFixed(1)} GB` : b >= 1e6 ? `${(b / 1e6).toFixed(1)} MB` : `${Math.ceil(b / 1000)} kB`);

/** Explain shows what a search would cost before it is run, and the statement that it becomes. */
export function Explain({ onClose }: { onClose: () => void }) {
  const { place } = useDesk();
  const { value, problem } = useAnswer(`${place.query} ${place.from} ${place.to}`, (signal) => send<Plan>("/explain", { query: place.query, from: place.from, to: place.to, ...(unpiped(place.query)[1] === "" ? { fields: ["event.id", ...columnsOf(place.cols)] } : {}) }, signal));
  const g = value?.granules;
  return (
    <Sheet title="What this search costs" wide onClose={onClose}>
      {problem && <p class="fault" role="alert"><Text value={problem.message} limit={2000} /></p>}
      {!value && !problem && <p class="note" aria-busy="true">Asking the engine…</p>}
      {value && (
        <>
          <dl class="facts">
            {value.estimate && <div><dt>Reads about</dt><dd>{n(value.estimate.rows)} rows{value.estimate.bytes !== undefined && `, ${size(value.estimate.bytes)}`}</dd></div>}
            {g && <div><dt>Granules</dt><dd>{n(g.read)} of {n(g.total)}{g.total ? <> <meter min={0} max={g.total} value={g.read ?? 0} aria-label="Share of granules that is read" /></> : null}</dd></div>}
            {value.parts && <div><dt>Parts</dt><dd>{n(value.parts.read)} of {n(value.parts.total)}</dd></div>}
          </dl>
          {(value.indexes?.length ?? 0) > 0 && (
            <>
              <h3>Indexes, one after the other</h3>
              <ul class="lines-of">{value.indexes!.map((i, k) => <li key={k}><Text value={i.type} limit={40} /> <span class="mono"><Text value={i.name ?? ""} limit={80} /></span> <span class="aside">leaves {n(i.granules?.read)} of {n(i.granules?.total)} granules</span></li>)}</ul>
            </>
          )}
          <h3>In the language of rules</h3>
          <pre class="code"><Text value={value.expr ?? ""} limit={8000} lines /></pre>
          <h3>As the engine runs it</h3>
          <pre class="code"><Text value={value.sql ?? ""} limit={16000} lines /></pre>
        </>
      )}
    </Sheet>
  );
}

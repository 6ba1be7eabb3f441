import { useEffect, useMemo, useState } from "preact/hooks";
import { send } from "./api";
import { useAnswer } from "./data";
import { useDesk } from "./desk";
import { Bar, rowsRead } from "./hunt";
import { pointOf } from "./menu";
import { save } from "./save";
import { Refusal } from "./search";
import { Lines } from "./lines";
import { Text, plain } from "./text";
import { resolve, stamp, zoneShort } from "./time";

type Table = { columns: { name: string; type: string }[]; rows: unknown[][]; partial?: boolean; reason?: string; read_rows?: number; read_bytes?: number; elapsed_ms?: number };

const limit = 1000;
const isTime = (type: string) => /date|time/i.test(type);
const isNumber = (type: string) => /int|long|float|double|decimal|number/i.test(type);

// As internal/export has it: a cell that begins with a sign, or with what is not seen and a sign; so does one that begins behind a separator of another country's spreadsheets.
const formula = /^(?=[\t\r\n])|(^|[;\t\r\n])(?=(?:(?![\t\r\n])[\s"\p{C}])*[=+\-@\uff1d\uff0b\uff0d\uff20](?! *[;\t\r\n]))/gu;

/** csv returns a value safe for a spreadsheet: what would be a formula becomes text. */
export function csv(v: unknown): string {
  const s = plain(v);
  const text = typeof v === "number" ? s : s.replace(formula, "$1'");
  return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** TableView is the answer to a query with a pipe, or to a statement in SQL: a table, and a chart where its first column is time. */
export function TableView({ turn, stop, sql }: { turn: number; stop: { current: (() => void) | null }; sql?: string }) {
  const { place, go, zone, pivot, types } = useDesk();
  const [again, setAgain] = useState(0);
  const [sort, setSort] = useState<{ column: number; down: boolean } | null>(null);
  const asked = sql ?? place.query;
  const body = sql === undefined ? { query: asked, from: place.from, to: place.to, limit } : { sql, limit };
  const key = JSON.stringify([body, turn, again]);
  const { value, problem, busy, cancel } = useAnswer(key, (signal) => send<Table>(sql === undefined ? "/table" : "/sql", body, signal), sql);
  useEffect(() => {
    stop.current = busy ? cancel : null;
    return () => void (stop.current = null);
  }, [busy]);
  useEffect(() => setSort(null), [asked]);
  const rows = useMemo(() => {
    const all = (value?.rows ?? []).slice();
    if (!sort) return all;
    const by = (a: unknown[], b: unknown[]) => {
      const [x, y] = [a[sort.column], b[sort.column]];
      return typeof x === "number" && typeof y === "number" ? x - y : plain(x) < plain(y) ? -1 : plain(x) > plain(y) ? 1 : 0;
    };
    return all.sort((a, b) => (sort.down ? -by(a, b) : by(a, b)));
  }, [value, sort]);
  if (problem?.title === "Cancelled") return <p class="status"><span role="status">Cancelled.</span> <button type="button" onClick={() => setAgain(again + 1)}>Run again</button></p>;
  if (problem) return <Refusal query={asked} problem={problem} onMeant={sql === undefined ? (query) => go({ query }) : undefined} onRetry={() => setAgain(again + 1)} />;
  const columns = value?.columns ?? [];
  const numbers = columns.map((c) => isNumber(c.type));
  const most = numbers.map((is, i) => (is ? Math.max(0, ...rows.map((r) => Number(r[i]) || 0)) : 0));
  return (
    <>
      <p class="status">
        <span role="status">{busy ? "Counting…" : `${rows.length.toLocaleString("en")} ${rows.length === 1 ? "row" : "rows"}`}</span>
        {busy && <Bar />}
        {busy && <button type="button" onClick={cancel}>Cancel</button>}
        {value?.partial && <span class="fault" role="alert">Not all: <Text value={value.reason ?? "the query ended before it had read all"} limit={300} /></span>}
        {!busy && value?.elapsed_ms !== undefined && <span class="aside">{Math.round(value.elapsed_ms).toLocaleString("en")} ms{value.read_rows !== undefined && `, ${rowsRead(value.read_rows)}`}</span>}
        <span class="space" />
        {rows.length > 0 && <button type="button" class="quiet" onClick={() => save("watchpost-table.csv", "text/csv", [columns.map((c) => c.name), ...rows].map((r) => r.map(csv).join(",")).join("\r\n") + "\r\n")}>Save as CSV</button>}
      </p>
      {value && columns[0] && isTime(columns[0].type) && rows.length > 1 && numbers.some((n) => n) && <Lines columns={columns} rows={value.rows} numbers={numbers} zone={zone} />}
      {value && rows.length === 0 && <div class="empty wide"><h2>Nothing to count</h2><p>{sql === undefined ? "No event in this time range satisfies the query before the first pipe." : "The statement ran, and gave no row."}</p></div>}
      {rows.length > 0 && (
        <div class="scroll counted" tabIndex={0} role="region" aria-label="Result">
          <table>
            <thead>
              <tr>
                {columns.map((c, i) => (
                  <th key={c.name} scope="col" class={numbers[i] ? "number" : ""} aria-sort={sort?.column === i ? (sort.down ? "descending" : "ascending") : undefined}>
                    <button type="button" class="quiet" onClick={() => setSort(sort?.column === i ? (sort.down ? { column: i, down: false } : null) : { column: i, down: true })}>
                      <Text value={c.name} limit={80} />{isTime(c.type) && <small> {zoneShort(zone, resolve(place.from, Date.now()), resolve(place.to, Date.now()))}</small>} {sort?.column === i ? (sort.down ? "↓" : "↑") : ""}
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, limit).map((r, n) => (
                <tr key={n}>
                  {columns.map((c, i) => (
                    <td key={c.name} class={numbers[i] ? "number" : "mono"}
                      onContextMenu={(e) => types.has(c.name) && (e.preventDefault(), pivot(pointOf(e), { field: c.name, value: r[i] }))}>
                      {numbers[i] && most[i]! > 0 && <span class="share" style={{ width: `${(70 * (Number(r[i]) || 0)) / most[i]!}px` }} />}
                      {numbers[i] && typeof r[i] === "number" ? (r[i] as number).toLocaleString("en", { maximumFractionDigits: 3 }) : isTime(c.type) ? stamp(Date.parse(plain(r[i])), zone) : types.has(c.name) && plain(r[i]) !== "" ? (
                        <button type="button" class="value" aria-haspopup="menu" onClick={(e) => pivot(pointOf(e), { field: c.name, value: r[i] })}><Text value={plain(r[i])} limit={400} /></button>
                      ) : plain(r[i]) === "" ? <span class="aside">–</span> : <Text value={plain(r[i])} limit={400} />}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

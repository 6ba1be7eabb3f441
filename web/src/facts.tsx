import { nameOf } from "./columns";
import { entityOf, useDesk } from "./desk";
import { Entity } from "./menu";
import { Text, plain } from "./text";
import { stamp, zoneShort } from "./time";

export type Fact = Record<string, unknown>;

const isMoment = (v: unknown) => typeof v === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(v);

/** label returns a key of the API as words. */
export const label = (key: string) => (key.includes(".") ? nameOf(key) : key.replace(/_/g, " ").replace(/^logins/, "log-ins").replace(/^./, (c) => c.toUpperCase()));

/** FactTable shows objects as rows, their keys as columns: times in the zone that is shown, entities as links. */
export function FactTable({ rows, about, fields = {}, most = 50 }: { rows: Fact[]; about: string; fields?: Record<string, string>; most?: number }) {
  const { zone } = useDesk();
  const keys = [...new Set(rows.flatMap((r) => Object.keys(r)))].filter((k) => rows.some((r) => plain(r[k]) !== "")).slice(0, 10);
  const number = (k: string) => rows.every((r) => r[k] === undefined || r[k] === null || typeof r[k] === "number");
  const long = new Set(keys.filter((k) => rows.some((r) => plain(r[k]).length > 60)));
  // A row may name its field beside its value.
  const fieldOf = (r: Fact, k: string) => (k === "value" && typeof r["field"] === "string" ? r["field"] : (fields[k] ?? k));
  return (
    <div class="plain" tabIndex={0} role="region" aria-label={about}>
      <table>
        <thead><tr>{keys.map((k) => <th key={k} scope="col" class={number(k) ? "number" : ""}><Text value={label(k)} limit={80} />{rows.some((r) => isMoment(r[k])) && <> <small>{zoneShort(zone)}</small></>}</th>)}</tr></thead>
        <tbody>
          {rows.slice(0, most).map((r, i) => (
            <tr key={i}>
              {keys.map((k) => {
                const v = r[k];
                return (
                  <td key={k} class={number(k) ? "number" : "mono " + (long.has(k) ? "long" : "short")}>
                    {typeof v === "number" ? v.toLocaleString("en", { maximumFractionDigits: 2 }) : isMoment(v) ? stamp(Date.parse(v as string), zone) : typeof v === "boolean" ? (v ? "yes" : "") : entityOf(fieldOf(r, k)) !== "" && !Array.isArray(v) ? <Entity field={fieldOf(r, k)} value={v} /> : <Text value={plain(v)} limit={300} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > most && <p class="note">{(rows.length - most).toLocaleString("en")} more are not shown.</p>}
    </div>
  );
}

import { useState } from "preact/hooks";
import { get, send } from "./api";
import { useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { has } from "./features";
import { at, href } from "./place";
import type { Place } from "./place";
import { Text, plain } from "./text";

type Question = { id: string; text: string; kind: string; params: { name: string }[] | null };
type Search = { kind: string; query?: string; pipe?: string; order?: string; from: string; to: string };

/** Values are what the questions may be about, by the names of their parameters. */
export type Values = Record<string, string>;

const named: [string, RegExp][] = [
  ["user", /^user\.name$/], ["host", /^host\.name$/], ["ip", /^source\.ip$/], ["hash", /^(file|process)\.hash\.(sha256|sha1|md5)$/], ["domain", /^(dns\.question\.name|url\.domain|destination\.domain)$/],
];

/** valuesOf returns what the fields of an alert or an event give to ask about. */
export function valuesOf(fields: Record<string, unknown>): Values {
  const out: Values = {};
  for (const [field, v] of Object.entries(fields)) {
    const name = named.find(([, fits]) => fits.test(field))?.[0];
    if (name && out[name] === undefined && plain(v) !== "" && !Array.isArray(v)) out[name] = plain(v);
  }
  return out;
}

/** placeOf returns where a question is asked. */
function placeOf(s: Search, values: Values): Place {
  if (s.kind === "alerts") return at({ view: "alerts", value: values["entity"] ?? "", status: "all", since: "-30d" });
  if (s.kind === "sources") return at({ view: "sources", status: "silent" });
  const pipe = has("/table", "post") && s.pipe ? " " + s.pipe : "";
  return at({ query: (s.query ?? "") + pipe, from: s.from, to: s.to, order: s.order === "asc" ? "asc" : "desc" });
}

/** Asks are the questions that nearly every alert raises, as far as the values suffice: each is a hunt around the moment. The server writes them. */
export function Asks({ values, time, most = 100 }: { values: Values; time: string; most?: number }) {
  const { go } = useDesk();
  const [all, setAll] = useState(false);
  const known: Values = { ...values, entity: values["entity"] ?? Object.values(values)[0] ?? "" };
  if (known["entity"] === "") delete known["entity"];
  const key = has("/questions") ? JSON.stringify([known, time]) : null;
  const { value, problem } = useAnswer(key, async (signal) => {
    const all = (await get<{ questions: Question[] | null }>("/questions", signal)).questions ?? [];
    const fit = all.filter((q) => (q.params ?? []).every((p) => known[p.name] !== undefined) && (q.kind !== "sources" || has("/sources")));
    return Promise.all(
      fit.map(async (q) => {
        const params = Object.fromEntries((q.params ?? []).map((p) => [p.name, known[p.name]!]));
        const s = await send<Search>(`/questions/${encodeURIComponent(q.id)}/query`, { params, ...(time === "" ? {} : { time }) }, signal);
        return { ...q, to: placeOf(s, known), about: Object.values(params).join(", ") };
      }),
    );
  });
  if (key === null) return null;
  return (
    <>
      <h3>Ask next</h3>
      {problem && <p class="fault"><Text value={problem.message} limit={600} /></p>}
      {!value && !problem && <p class="note" aria-busy="true">Reading…</p>}
      <ol class="asks">
        {value?.slice(0, all ? undefined : most).map((q) => <li key={q.id}><a href={href(q.to)} onClick={follow(go, q.to)}><Text value={q.text} limit={200} /></a>{Object.keys(values).length > 1 && q.about !== "" && <span class="aside mono"> <Text value={q.about} limit={120} /></span>}</li>)}
      </ol>
      {value && value.length > most && !all && <p><button type="button" class="quiet" onClick={() => setAll(true)}>{value.length - most} more questions</button></p>}
    </>
  );
}

import { useMemo, useState } from "preact/hooks";
import type { Field } from "./api";
import { columnsOf, toggled } from "./columns";
import { useValues } from "./data";
import { useDesk } from "./desk";
import { condition, reveal, term, unpiped } from "./expr";
import { Filters } from "./filters";
import { pointOf } from "./menu";
import { Text, plain } from "./text";

/** What nearly every hunt asks first stands first; the rest follows by name. */
const common = [
  "event.dataset", "event.action", "event.outcome", "host.name", "user.name", "source.ip", "destination.ip", "destination.port",
  "process.name", "process.command_line", "log.level", "event.code",
];

export function FieldList({ turn }: { turn: number }) {
  const { dictionary, place, go } = useDesk();
  const [filter, setFilter] = useState("");
  const [open, setOpen] = useState("");
  // On a narrow screen events go before the list, which is a press away.
  const [wide] = useState(() => matchMedia("(min-width: 901px)").matches);
  const columns = columnsOf(place.cols);
  const shown = useMemo(() => {
    const low = filter.trim().toLowerCase();
    const rank = (f: Field) => (common.indexOf(f.name) + 1 || 99) + (low !== "" && f.name.toLowerCase().startsWith(low) ? -100 : 0);
    return dictionary
      .filter((f) => term(f.name) !== "" && f.name !== "labels" && (low === "" || f.name.toLowerCase().includes(low) || f.description?.toLowerCase().includes(low)))
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }, [dictionary, filter]);
  return (
    <section class="fields" aria-label="Fields">
      <details open={wide}>
      <summary><h2>Fields</h2></summary>
      <input type="search" placeholder="Filter fields" aria-label="Filter fields" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
      <ul>
        {shown.map((f) => (
          <li key={f.name}>
            <button type="button" class={"field" + (columns.includes(f.name) ? " column" : "")} aria-expanded={open === f.name} title={reveal(f.description ?? "")} onClick={() => setOpen(open === f.name ? "" : f.name)}>
              <span>{f.name}</span> <i>{f.type}{f.array ? "[]" : ""}</i>
            </button>
            {open === f.name && (
              <div class="about">
                <p class="tools">
                  {f.name !== "@timestamp" && (
                    <button type="button" aria-pressed={columns.includes(f.name)} onClick={() => go({ cols: toggled(place.cols, f.name) }, true)}>Column</button>
                  )}
                  <button type="button" aria-pressed={place.by === f.name} onClick={() => go({ by: place.by === f.name ? "" : f.name })}>Break down</button>
                  <Presence field={f} />
                </p>
                <Top field={f} turn={turn} />
              </div>
            )}
          </li>
        ))}
      </ul>
      {dictionary.length > 0 && shown.length === 0 && <p class="note">No field is called so.</p>}
      </details>
    </section>
  );
}

function Presence({ field }: { field: Field }) {
  const { act } = useDesk();
  return (
    <>
      <button type="button" title={`Only events that have ${field.name}`} onClick={() => act("exists", field.name, "")}>Has</button>
      <button type="button" title={`Only events that lack ${field.name}`} onClick={() => act("missing", field.name, "")}>Lacks</button>
    </>
  );
}

function Top({ field, turn }: { field: Field; turn: number }) {
  const { place, pivot } = useDesk();
  const hunt = { query: unpiped(place.query)[0], from: place.from, to: place.to };
  const { value, problem, busy } = useValues(hunt, field.name, turn);
  if (problem) return <p class="fault"><Text value={problem.message} limit={1000} /></p>;
  if (!value) return <p class="note">{busy ? "Counting…" : ""}</p>;
  if (value.values.length === 0) return <p class="note">No event here has it.</p>;
  const share = (n: number) => (value.total > 0 ? (100 * n) / value.total : 0);
  return (
    <ol class="top">
      {value.values.map((v) => (
        <li
          key={plain(v.value)}
          onContextMenu={(e) => {
            e.preventDefault();
            pivot(pointOf(e), { field: field.name, value: v.value });
          }}
        >
          <span class="bar" style={{ width: `${Math.max(1, Math.min(100, share(v.count)))}%` }} />
          <span class="name"><Text value={plain(v.value)} limit={200} /></span>
          <span class="number" title={`${v.count.toLocaleString("en")} of ${value.total.toLocaleString("en")} events`}>{share(v.count).toFixed(share(v.count) < 10 ? 1 : 0)} %</span>
          {condition(field.name, field.type, "==", v.value) !== "" && <Filters field={field.name} value={v.value} />}
        </li>
      ))}
    </ol>
  );
}

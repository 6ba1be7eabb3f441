import { useMemo, useState } from "preact/hooks";
import type { Field, Hunt } from "./api";
import { useValues } from "./data";
import { condition, reveal, term } from "./expr";
import { Filters } from "./filters";
import type { Act } from "./filters";
import { Text, plain } from "./text";

/** What nearly every hunt asks first stands first; the rest follows by name. */
const common = [
  "event.dataset", "event.action", "event.outcome", "host.name", "user.name", "source.ip", "destination.ip", "destination.port",
  "process.name", "process.command_line", "log.level", "event.code",
];

type Props = { fields: Field[]; hunt: Hunt; turn: number; act: Act };

export function FieldList({ fields, hunt, turn, act }: Props) {
  const [filter, setFilter] = useState("");
  const [open, setOpen] = useState("");
  const shown = useMemo(() => {
    const low = filter.trim().toLowerCase();
    const rank = (f: Field) => (common.indexOf(f.name) + 1 || 99) + (low !== "" && f.name.toLowerCase().startsWith(low) ? -100 : 0);
    return fields
      .filter((f) => term(f.name) !== "" && f.name !== "labels" && (low === "" || f.name.toLowerCase().includes(low) || f.description?.toLowerCase().includes(low)))
      .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }, [fields, filter]);
  return (
    <section class="fields" aria-label="Fields">
      <h2>Fields</h2>
      <input type="search" placeholder="Filter fields" aria-label="Filter fields" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
      <ul>
        {shown.map((f) => (
          <li key={f.name}>
            <button type="button" class="field" aria-expanded={open === f.name} title={reveal(f.description ?? "")} onClick={() => setOpen(open === f.name ? "" : f.name)}>
              <span>{f.name}</span> <i>{f.type}{f.array ? "[]" : ""}</i>
            </button>
            {open === f.name && <Top field={f} hunt={hunt} turn={turn} act={act} />}
          </li>
        ))}
      </ul>
      {fields.length > 0 && shown.length === 0 && <p class="note">No field is called so.</p>}
    </section>
  );
}

function Top({ field, hunt, turn, act }: { field: Field; hunt: Hunt; turn: number; act: Act }) {
  const { value, problem, busy } = useValues(hunt, field.name, turn);
  if (problem) return <p class="fault">{problem.message}</p>;
  if (!value) return <p class="note">{busy ? "Counting…" : ""}</p>;
  if (value.values.length === 0) return <p class="note">No event here has it.</p>;
  const share = (n: number) => (value.total > 0 ? (100 * n) / value.total : 0);
  return (
    <ol class="top">
      {value.values.map((v) => (
        <li key={plain(v.value)}>
          <span class="bar" style={{ width: `${Math.max(1, Math.min(100, share(v.count)))}%` }} />
          <span class="name"><Text value={plain(v.value)} limit={200} /></span>
          <span class="number" title={`${v.count.toLocaleString("en")} of ${value.total.toLocaleString("en")} events`}>{share(v.count).toFixed(share(v.count) < 10 ? 1 : 0)} %</span>
          {condition(field.name, field.type, "==", v.value) !== "" && <Filters field={field.name} value={v.value} act={act} />}
        </li>
      ))}
    </ol>
  );
}

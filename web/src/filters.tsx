import { useDesk } from "./desk";
import { reveal } from "./expr";
import { plain } from "./text";

/** What is done with a value: only events with it besides what is asked, without it, with any or no such field, or with nothing else asked. */
export type Does = "==" | "!=" | "only" | "exists" | "missing";

/** Bounds are where a hunt begins and ends. */
export type Bounds = { from: string; to: string };

/** Act narrows the query by a value; what is not of the hunt's own time says which. */
export type Act = (does: Does, field: string, value: unknown, range?: Bounds) => void;

/** Filters are the two buttons beside a value: only events with it, only events without it. */
export function Filters({ field, value, mouseOnly }: { field: string; value: unknown; mouseOnly?: boolean }) {
  const { act } = useDesk();
  const one = Array.isArray(value) ? value[0] : value;
  const what = reveal(`${field} ${plain(one)}`.slice(0, 120));
  const press = (does: Does) => (e: Event) => {
    e.stopPropagation();
    act(does, field, one);
  };
  const tab = mouseOnly ? -1 : undefined;
  return (
    <span class="filters" aria-hidden={mouseOnly}>
      <button type="button" tabIndex={tab} title={`Only ${what}`} aria-label={`Only ${what}`} onClick={press("==")}>+</button>
      <button type="button" tabIndex={tab} title={`Not ${what}`} aria-label={`Not ${what}`} onClick={press("!=")}>−</button>
    </span>
  );
}

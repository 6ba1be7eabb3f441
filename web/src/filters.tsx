import type { Op } from "./expr";
import { reveal } from "./expr";
import { plain } from "./text";

/** Act narrows the query by a value. */
export type Act = (op: Op, field: string, value: unknown) => void;

/** Filters are the two buttons beside a value: only events with it, only events without it. */
export function Filters({ field, value, act, mouseOnly }: { field: string; value: unknown; act: Act; mouseOnly?: boolean }) {
  const one = Array.isArray(value) ? value[0] : value;
  const what = reveal(`${field} ${plain(one)}`.slice(0, 120));
  const press = (op: Op) => (e: Event) => {
    e.stopPropagation();
    act(op, field, one);
  };
  const tab = mouseOnly ? -1 : undefined;
  return (
    <span class="filters" aria-hidden={mouseOnly}>
      <button type="button" tabIndex={tab} title={`Only ${what}`} aria-label={`Only ${what}`} onClick={press("==")}>+</button>
      <button type="button" tabIndex={tab} title={`Not ${what}`} aria-label={`Not ${what}`} onClick={press("!=")}>−</button>
    </span>
  );
}

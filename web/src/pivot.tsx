import { columnsOf, toggled } from "./columns";
import { entityOf, useDesk } from "./desk";
import { condition, reveal, unpiped } from "./expr";
import { has } from "./features";
import { Item, Menu } from "./menu";
import type { Pivot } from "./menu";
import { at, href } from "./place";
import { plain, Text } from "./text";

/** PivotMenu is what can be done with a value of a log. */
export function PivotMenu({ x, y, of, onClose, onPin }: { x: number; y: number; of: Pivot; onClose: () => void; onPin: (event: string) => void }) {
  const { act, copy, go, place, types, can } = useDesk();
  const value = Array.isArray(of.value) ? of.value[0] : of.value;
  const text = plain(value);
  const { field } = of;
  const cond = condition(field, types.get(field)?.type, "==", value);
  const kind = entityOf(field);
  const name = <span class="of"><Text value={field} limit={80} /> <b><Text value={text === "" ? "(nothing)" : text} limit={60} /></b></span>;
  const hunt = at({ query: cond, from: place.from, to: place.to });
  const groups = has("/table", "post");
  const group = () => (groups ? go({ view: "hunt", query: `${unpiped(place.query)[0]} | count by ${field}`.trim(), selected: "" }) : go({ view: "hunt", by: field }));
  const entity = { ...at({ view: "entity", kind, value: text, from: place.from, to: place.to }) };
  return (
    <Menu x={x} y={y} label={`What to do with ${reveal(`${field} ${text}`.slice(0, 120))}`} onClose={onClose}>
      {name}
      {cond !== "" && text !== "" && (
        <>
          <Item act={() => act("==", field, value)}>Include</Item>
          <Item act={() => act("!=", field, value)}>Exclude</Item>
          <Item act={() => act("only", field, value)}>Only</Item>
        </>
      )}
      {cond !== "" && <Item act={() => act("exists", field, value)}>Has this field</Item>}
      {cond !== "" && <Item act={() => act("missing", field, value)}>Lacks this field</Item>}
      {types.has(field) && <Item act={group}>{groups ? "Group by" : "Break the histogram down by it"}</Item>}
      {types.has(field) && field !== "@timestamp" && <Item act={() => go({ view: "hunt", cols: toggled(place.cols, field) })}>{columnsOf(place.cols).includes(field) ? "Remove the column" : "Show as a column"}</Item>}
      <hr />
      {cond !== "" && text !== "" && <Item href={href(hunt)} tab>Hunt in a new tab</Item>}
      {kind !== "" && text !== "" && has("/entities/{kind}/{value}") && <Item href={href(entity)} act={() => go(entity)}>Page of this {kind === "ip" ? "address" : kind}</Item>}
      <Item act={() => copy(text, field)}>Copy</Item>
      {of.event && has("/investigations", "post") && can("investigations.write") && <Item act={() => onPin(of.event!)}>Add to investigation…</Item>}
    </Menu>
  );
}

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
  const { from, to } = of.range ?? place;
  const value = Array.isArray(of.value) ? of.value[0] : of.value;
  const text = plain(value);
  const { field } = of;
  const cond = condition(field, types.get(field)?.type, "==", value);
  const kind = entityOf(field);
  const name = <span class="of"><Text value={field} limit={80} /> <b><Text value={text === "" ? "(nothing)" : text} limit={60} /></b></span>;
  const hunt = at({ query: cond, from, to });
  const groups = has("/table", "post");
  const group = () => (groups ? go({ view: "hunt", from, to, query: `${unpiped(of.range ? "" : place.query)[0]} | count by ${field}`.trim(), selected: "" }) : go({ view: "hunt", from, to, by: field }));
  const entity = at({ view: "entity", kind, value: text, from, to });
  return (
    <Menu x={x} y={y} label={`What to do with ${reveal(`${field} ${text}`.slice(0, 120))}`} onClose={onClose}>
      {name}
      {cond !== "" && text !== "" && (
        <>
          <Item act={() => act("==", field, value, of.range)}>Include</Item>
          <Item act={() => act("!=", field, value, of.range)}>Exclude</Item>
          <Item act={() => act("only", field, value, of.range)}>Only</Item>
        </>
      )}
      {cond !== "" && <Item act={() => act("exists", field, value, of.range)}>Has this field</Item>}
      {cond !== "" && <Item act={() => act("missing", field, value, of.range)}>Lacks this field</Item>}
      {types.has(field) && <Item act={group}>{groups ? "Group by" : "Break the histogram down by it"}</Item>}
      {types.has(field) && field !== "@timestamp" && <Item act={() => go({ view: "hunt", from, to, cols: toggled(place.cols, field) })}>{columnsOf(place.cols).includes(field) ? "Remove the column" : "Show as a column"}</Item>}
      <hr />
      {cond !== "" && text !== "" && <Item href={href(hunt)} tab>Hunt in a new tab</Item>}
      {kind !== "" && text !== "" && has("/entities/{kind}/{value}") && <Item href={href(entity)} act={() => go(entity)}>Page of this {kind === "ip" ? "address" : kind}</Item>}
      <Item act={() => copy(text, field)}>Copy</Item>
      {of.event && has("/investigations", "post") && can("investigations.write") && <Item act={() => onPin(of.event!)}>Add to investigation…</Item>}
    </Menu>
  );
}

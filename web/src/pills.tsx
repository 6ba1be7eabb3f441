import { useState } from "preact/hooks";
import { useDesk } from "./desk";
import { clauses, negated, unpiped } from "./expr";
import { Lazy } from "./lazy";
import { Item, Menu, useMenu } from "./menu";
import { limits } from "./place";
import { Text } from "./text";

/** offOf reads the conditions that an address holds as switched off. */
export function offOf(off: string): string[] {
  try {
    const list = JSON.parse(off === "" ? "[]" : off) as unknown;
    return Array.isArray(list) ? list.filter((c): c is string => typeof c === "string").slice(0, 50) : [];
  } catch {
    return [];
  }
}

const offAs = (list: string[]) => (list.length === 0 ? "" : JSON.stringify(list));

/** Read is a condition as the server read it: text is it in the language of rules. */
export type Read = { field?: string; op: string; values?: string[] | null; not: boolean; text: string };

const signs: Record<string, string> = { "==": " = ", ieq: ": ", in: ": ", icontains: " contains ", anywhere: "", word: "", cidr: " in ", istartsWith: " starts with ", iendsWith: " ends with ", iwildcard: " like " };

/** labelOf says a condition in few words. */
function labelOf(p: Read | undefined, text: string): string {
  if (!p) return text;
  const not = p.not ? "not " : "";
  const values = (p.values ?? []).join(", ");
  if (p.op === "exists") return `${not}${p.field} is there`;
  if (p.op === "word") return `${not}“${values}”`;
  if (p.op === "anywhere") return `${not}“*${values}*”`;
  if (!p.field || p.op === "expr") return text;
  return `${not}${p.field}${signs[p.op] ?? ` ${p.op} `}${values === "" ? "(nothing)" : values}`;
}

/** Pills show the query condition by condition; each can be turned round, switched off, changed or taken away. */
export function Pills({ read }: { read: Read[] | undefined }) {
  const { place, go } = useDesk();
  const [editing, setEditing] = useState<number | null>(null);
  const [own, pipe] = unpiped(place.query);
  const on = read ? read.map((p) => p.text) : (clauses(own) ?? [own]);
  const off = offOf(place.off);
  const put = (next: string[], nextOff = off) =>
    go({ query: [next.join(" and "), pipe].filter((s) => s !== "").join(" "), off: offAs(nextOff), selected: "", limit: limits[0]! });
  return (
    <div class="pills" role="group" aria-label="Conditions">
      {on.filter((c) => c !== "").map((c, i) => (
        <Pill key={c} text={labelOf(read?.[i], on.length === 1 ? own : c)} not={read?.[i]?.not}>
          <Item act={() => put(on.with(i, negated(c)))}>Turn round</Item>
          <Item act={() => put(on.toSpliced(i, 1), [...off, c])}>Switch off</Item>
          <Item act={() => setEditing(i)}>Change…</Item>
          {on.length > 1 && <Item act={() => put([c])}>Only this</Item>}
          <Item act={() => put(on.toSpliced(i, 1))}>Remove</Item>
        </Pill>
      ))}
      {off.map((c, i) => (
        <Pill key={"off " + c} text={c} off>
          <Item act={() => put([...on, c], off.toSpliced(i, 1))}>Switch on</Item>
          <Item act={() => put(on, off.toSpliced(i, 1))}>Remove</Item>
        </Pill>
      ))}
      <button type="button" class="quiet add" onClick={() => setEditing(-1)}>+ Condition</button>
      {editing !== null && (
        <Lazy
          load={() => import("./condition")}
          part="Condition"
          props={{
            text: editing < 0 ? "" : (on[editing] ?? ""),
            onClose: () => setEditing(null),
            onDone: (c: string) => {
              setEditing(null);
              put(editing < 0 ? [...on.filter((x) => x !== ""), c] : on.with(editing, c));
            },
          }}
        />
      )}
    </div>
  );
}

function Pill({ text, off, not, children }: { text: string; off?: boolean; not?: boolean; children: preact.ComponentChildren }) {
  const [menu, open, close] = useMenu();
  return (
    <>
      <button type="button" class={"pill" + (off ? " off" : "") + (not || /^not | != /.test(text) ? " not" : "")} aria-haspopup="menu" onClick={open}>
        {off && <span class="unseen">switched off: </span>}
        <Text value={text} limit={120} />
      </button>
      {menu && <Menu {...menu} label="Condition" onClose={close}>{children}</Menu>}
    </>
  );
}

import { useState } from "preact/hooks";
import { useDesk } from "./desk";
import { condition, parted, quote, term } from "./expr";
import { useModal } from "./sheet";
import { Text } from "./text";

const ops: [string, string][] = [
  ["==", "is"], ["!=", "is not"], ["contains", "contains"], ["startsWith", "starts with"], ["endsWith", "ends with"], ["matches", "matches (regular expression)"],
  [">", "more than"], [">=", "at least"], ["<", "less than"], ["<=", "at most"], ["ieq", "is, in any case of letters"], ["icontains", "contains, in any case"], ["istartsWith", "starts with, in any case"], ["iendsWith", "ends with, in any case"], ["iwildcard", "is like (* and ?)"], ["cidr", "is in network"], ["exists", "is there"], ["missing", "is missing"],
];

/** Condition writes one condition from a field, a comparison and a value; what has another form is changed as text. */
export function Condition({ text, onDone, onClose }: { text: string; onDone: (clause: string) => void; onClose: () => void }) {
  const { dictionary, types } = useDesk();
  const parts = parted(text);
  const [field, setField] = useState(parts?.field ?? "");
  const [op, setOp] = useState(parts?.op ?? "==");
  const [value, setValue] = useState(parts?.value ?? "");
  const [raw, setRaw] = useState(text);
  const [fault, setFault] = useState("");
  const asText = text !== "" && !parts;
  const el = useModal();
  const submit = (e: Event) => {
    e.preventDefault();
    if (asText) return raw.trim() === "" ? setFault("The condition is empty.") : onDone(raw.trim());
    const name = term(field.trim());
    if (name === "" || (!types.has(field.trim()) && !field.startsWith("labels."))) return setFault(`No field is called “${field}”.`);
    if (op === "exists" || op === "missing") return onDone(`${op === "missing" ? "not " : ""}exists(${name})`);
    if (op === "cidr" || /^i[a-z]+/.test(op)) return onDone(`${op}(${name}, ${quote(op === "cidr" ? value.trim() : value)})`);
    const type = types.get(field.trim())?.type;
    const clause = condition(field.trim(), type, "==", value);
    if (clause === "") return setFault(`“${value}” is no value of ${field}, which is a ${type}.`);
    onDone(clause.replace(" == ", ` ${op} `));
  };
  return (
    <dialog ref={el} aria-label="Condition" onClose={onClose} onClick={(e) => e.target === el.current && el.current?.close()}>
      <form class="sheet" onSubmit={submit}>
        <h2>{text === "" ? "Add a condition" : "Change the condition"}</h2>
        {asText ? (
          <label>Condition <textarea rows={4} class="mono" value={raw} onInput={(e) => setRaw(e.currentTarget.value)} /></label>
        ) : (
          <>
            <label>Field <input list="fields-known" class="mono" required spellcheck={false} value={field} onInput={(e) => setField(e.currentTarget.value)} /></label>
            <datalist id="fields-known">{dictionary.map((f) => <option key={f.name} value={f.name} />)}</datalist>
            <label>
              Comparison{" "}
              <select value={op} onChange={(e) => setOp(e.currentTarget.value)}>{ops.map(([o, name]) => <option key={o} value={o}>{name}</option>)}</select>
            </label>
            {op !== "exists" && op !== "missing" && <label>Value <input class="mono" spellcheck={false} value={value} onInput={(e) => setValue(e.currentTarget.value)} /></label>}
          </>
        )}
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
        <p class="ends"><button type="button" onClick={() => el.current!.close()}>Cancel</button><button type="submit" class="primary">Apply</button></p>
      </form>
    </dialog>
  );
}

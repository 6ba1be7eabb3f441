import { useEffect, useRef, useState } from "preact/hooks";
import { create, get, send } from "./api";
import { asProblem, useAnswer } from "./data";
import { useDesk } from "./desk";
import { reveal } from "./expr";
import { at, limits } from "./place";
import { Confirm, Sheet } from "./sheet";
import { Text } from "./text";
import { TenantChoice, useTenant } from "./tenant";
import { ago, howFar, isBound, resolve, showRange, zoneShort } from "./time";
import type { Zone } from "./time";

type Param = { name: string; default?: string };
export type Saved = {
  id: string; name: string; query: string; from?: string; to?: string; columns?: string[]; params?: Param[]; description?: string; attack?: string[]; shared?: boolean; owner?: string; user?: string;
};

type Search = { query: string; from?: string; to?: string; columns?: string[] | null };

/** paramsOf returns the parameters that a query names: ${name}. */
export const paramsOf = (query: string) => [...new Set([...query.matchAll(/\$\{([a-z][a-z0-9_]{0,31})\}/gi)].map((m) => m[1]!))].slice(0, 20);

/** Saved lists the hunts that were kept, and keeps the present one. */
export function Saved({ onClose }: { onClose: () => void }) {
  const { place, go, can, tell, session } = useDesk();
  const [turn, setTurn] = useState(0);
  const [text, setText] = useState("");
  const [asking, setAsking] = useState<Saved | null>(null);
  const [removing, setRemoving] = useState<Saved | null>(null);
  const { value, problem } = useAnswer(`hunts ${turn}`, (signal) => get<{ hunts: Saved[] | null }>("/hunts", signal), "hunts");
  const want = text.toLowerCase();
  const list = (value?.hunts ?? []).filter((h) => `${h.name} ${h.description ?? ""} ${(h.attack ?? []).join(" ")}`.toLowerCase().includes(want));
  /** open asks the server for the search that a hunt is with these values: only it puts them into a query. */
  const open = async (h: Saved, params: Record<string, string>) => {
    try {
      const s = await send<Search>(`/hunts/${encodeURIComponent(h.id)}/query`, { params });
      go({ ...at({ query: s.query, from: s.from || place.from, to: s.to || place.to, cols: (s.columns ?? []).join(), limit: limits[0]! }) });
      onClose();
    } catch (err) {
      return asProblem(err).message;
    }
    return "";
  };
  const plainly = async (h: Saved) => {
    const fault = await open(h, {});
    if (fault !== "") tell(fault);
  };
  const remove = async (h: Saved) => {
    setRemoving(null);
    try {
      await send(`/hunts/${encodeURIComponent(h.id)}`, {}, undefined, "DELETE");
      tell(`“${h.name}” is deleted`);
    } catch (err) {
      tell(asProblem(err).message);
    }
    setTurn(turn + 1);
  };
  return (
    <Sheet title="Saved hunts" wide onClose={onClose}>
      {asking ? (
        <Ask hunt={asking} onBack={() => setAsking(null)} onDone={(values) => open(asking, values)} />
      ) : (
        <>
          <input type="search" aria-label="Find a hunt" placeholder="name or technique" value={text} onInput={(e) => setText(e.currentTarget.value)} />
          {problem && <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>}
          {!value && !problem && <p class="note" aria-busy="true">Reading…</p>}
          {value && list.length === 0 && <p class="note">{want === "" ? "Nothing is saved yet. Name the present hunt below." : "No hunt is called so."}</p>}
          <ul class="hunts">
            {list.map((h) => (
              <li key={h.id}>
                <button type="button" class="link" onClick={() => ((h.params?.length ?? 0) > 0 || paramsOf(h.query).length > 0 ? setAsking(h) : void plainly(h))}><Text value={h.name} limit={200} /></button>
                {h.shared && <small> shared</small>} <small><Text value={(h.attack ?? []).join(" ")} limit={100} /></small>
                <span class="space" />
                {can("hunts.write") && (!h.owner || h.owner === (session.user ?? "local") || session.role === "admin") && <button type="button" class="quiet" aria-label={`Delete… ${reveal(h.name)}`} onClick={() => setRemoving(h)}>Delete…</button>}
                {h.description && <p class="aside"><Text value={h.description} limit={600} /></p>}
                <code class="line"><Text value={h.query || "everything"} limit={300} /></code>
              </li>
            ))}
          </ul>
          {can("hunts.write") && <Keep onDone={() => setTurn(turn + 1)} />}
          {removing && (
            <Confirm title={`Delete “${reveal(removing.name).slice(0, 80)}”?`} verb="Delete it" onDo={() => void remove(removing)} onClose={() => setRemoving(null)}>
              {removing.shared ? "It vanishes for everybody of its tenant." : "Nobody else sees it."}
            </Confirm>
          )}
        </>
      )}
    </Sheet>
  );
}

/** Ask wants a value for each parameter of a hunt. */
function Ask({ hunt, onBack, onDone }: { hunt: Saved; onBack: () => void; onDone: (values: Record<string, string>) => Promise<string> }) {
  const [fault, setFault] = useState("");
  const names = [...new Set([...(hunt.params ?? []).map((p) => p.name), ...paramsOf(hunt.query)])];
  const [values, setValues] = useState<Record<string, string>>(Object.fromEntries((hunt.params ?? []).map((p) => [p.name, p.default ?? ""])));
  const form = useRef<HTMLFormElement>(null);
  // What led here is gone, with the focus on it; what is usual gives way to what is typed.
  useEffect(() => {
    const first = form.current!.querySelector("input");
    first?.focus();
    first?.select();
  }, []);
  return (
    <form ref={form} class="fill" onSubmit={(e) => (e.preventDefault(), void onDone(values).then(setFault))}>
      <h3><Text value={hunt.name} limit={200} /></h3>
      {names.map((n) => <label key={n}><Text value={n} limit={40} /> <input class="mono" required value={values[n] ?? ""} onInput={(e) => setValues({ ...values, [n]: e.currentTarget.value })} /></label>)}
      {fault !== "" && <p class="fault" role="alert"><Text value={fault} limit={600} /></p>}
      <p class="ends"><button type="button" onClick={onBack}>Back</button><button type="submit" class="primary">Hunt</button></p>
    </form>
  );
}

function Keep({ onDone }: { onDone: () => void }) {
  const { place, tell } = useDesk();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [attack, setAttack] = useState("");
  const [shared, setShared] = useState(true);
  const [tenant, setTenant] = useTenant();
  const [fault, setFault] = useState("");
  const params = paramsOf(place.query);
  const submit = async (e: Event) => {
    e.preventDefault();
    setFault("");
    try {
      await create("/hunts", {
        name: name.trim(), query: place.query, from: place.from, to: place.to, columns: place.cols === "" ? [] : place.cols.split(","),
        params: params.map((p) => ({ name: p, default: "" })), description: description.trim(), attack: attack.split(/[\s,]+/).filter((t) => t !== ""), shared,
        ...(tenant === "" ? {} : { tenant }),
      });
      tell(`“${name.trim()}” is saved`);
      for (const empty of [setName, setDescription, setAttack]) empty("");
      onDone();
    } catch (err) {
      setFault(asProblem(err).message);
    }
  };
  return (
    <form class="fill keep" onSubmit={(e) => void submit(e)}>
      <h3>Save the present hunt</h3>
      <code class="line"><Text value={place.query || "everything"} limit={400} /></code>
      <label>Name <input required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} /></label>
      <label>What it is for <input maxLength={2000} value={description} onInput={(e) => setDescription(e.currentTarget.value)} /></label>
      <TenantChoice value={tenant} onChange={setTenant} />
      <label>ATT&CK <input value={attack} placeholder="T1110.003" onInput={(e) => setAttack(e.currentTarget.value)} /></label>
      <label class="option"><input type="checkbox" checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} /> <span>Shared with everybody of this tenant</span></label>
      <p class="note">{params.length > 0 ? `Asks for: ${params.join(", ")}.` : "Write ${user} in the query in place of a value, and the hunt asks for it."}</p>
      {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
      <p class="ends"><button type="submit" class="primary">Save</button></p>
    </form>
  );
}

type Past = { query: string; from?: string; to?: string; last?: string; count?: number };

/** when is the range of a search, with the zone where it names times. What is no time stays as it is. */
function when(from: string, to: string, zone: Zone): string {
  if (!isBound(from) || !isBound(to)) return `${from} – ${to}`;
  const fixed = [from, to].filter((b) => b !== "now" && howFar(b) === "").map((b) => resolve(b, Date.now()));
  return showRange(from, to, zone) + (fixed.length === 0 ? "" : ` ${zoneShort(zone, fixed[0], fixed.at(-1))}`);
}

/** History lists the user's own last searches. */
export function History({ onClose }: { onClose: () => void }) {
  const { go, zone } = useDesk();
  const { value, problem } = useAnswer("history", (signal) => get<{ searches: Past[] | null }>("/history", signal));
  const list = value?.searches ?? [];
  const now = Date.now();
  return (
    <Sheet title="Your last searches" wide onClose={onClose}>
      {problem && <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>}
      {!value && !problem && <p class="note" aria-busy="true">Reading…</p>}
      {value && list.length === 0 && <p class="note">You have not searched yet.</p>}
      <ul class="hunts">
        {list.map((h, i) => (
          <li key={i}>
            <button type="button" class="link mono" onClick={() => (go({ ...at({ query: h.query, from: h.from || "-1h", to: h.to || "now" }) }), onClose())}><Text value={h.query || "everything"} limit={400} /></button>
            <span class="space" />
            <small><Text value={when(h.from || "-1h", h.to || "now", zone)} limit={120} /> · {(h.count ?? 1) > 1 && `${h.count}× · `}{ago(Date.parse(h.last ?? ""), now)}</small>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

import { useRef, useState } from "preact/hooks";
import { create, get } from "./api";
import { asProblem, useAnswer } from "./data";
import { useDesk } from "./desk";
import { reveal } from "./expr";
import { useKept } from "./kept";
import { useModal } from "./sheet";
import { TenantChoice, useTenant } from "./tenant";
import { Text } from "./text";

export type Case = { id: string; name: string; items?: unknown[] | number; changed?: string; created?: string; owner?: string; status?: string; tenant?: string; description?: string; version?: number };

/** tagsOf reads tags that are written with commas or blanks between them. */
export const tagsOf = (text: string) => [...new Set(text.split(/[\s,]+/).filter((t) => t !== ""))].slice(0, 20);

/** last is the investigation that was pinned to last, as long as the page lives. */
let last = "";

/** PinDialog adds events or an alert to an investigation, a new one if need be. */
export function PinDialog({ items, tenant: of = "", onClose }: { items: ({ event: string } | { alert: string })[]; tenant?: string; onClose: () => void }) {
  const { tell, session } = useDesk();
  const several = (session.tenants?.length ?? 0) > 1;
  const [tenant, setTenant] = useTenant(of);
  const el = useModal();
  const { value, problem, busy: reading } = useAnswer("cases", (signal) => get<{ investigations: Case[] | null }>("/investigations", signal));
  const [id, setId] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [comment, setComment] = useKept(`pin ${JSON.stringify(items)}`);
  const [tags, setTags] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  // What was made before a fault is not made again.
  const done = useRef({ id: "", items: 0 }).current;
  // What is pinned must be of the investigation's tenant.
  const list = (value?.investigations ?? []).filter((c) => c.status !== "closed" && (of === "" || !several || c.tenant === of));
  const usual = list.find((c) => c.id === last)?.id ?? list[0]?.id ?? "";
  const into = id ?? usual;
  const submit = async (e: Event) => {
    e.preventDefault();
    setBusy(true);
    try {
      const to = into === "" ? done.id || (await create<Case>("/investigations", { name: name.trim(), ...(tenant === "" ? {} : { tenant }) })).id : into;
      last = to;
      if (done.id !== to) Object.assign(done, { id: to, items: 0 });
      for (; done.items < items.length; done.items++) await create(`/investigations/${encodeURIComponent(to)}/items`, { ...items[done.items], comment: comment.trim(), tags: tagsOf(tags) });
      setComment("");
      tell(items.length === 1 ? "Pinned" : `${items.length} pinned`);
      onClose();
    } catch (err) {
      setFault(asProblem(err).message);
    }
    setBusy(false);
  };
  return (
    <dialog ref={el} aria-label="Add to investigation" onClose={onClose} onClick={(e) => e.target === el.current && el.current?.close()}>
      <form class="sheet" onSubmit={(e) => void submit(e)}>
        <h2>Add {items.length > 1 ? `${items.length} events` : "event" in items[0]! ? "the event" : "the alert"} to an investigation</h2>
        <p class="note">Copied whole: it stays when the stored event has passed.</p>
        {problem && <p class="fault"><Text value={problem.message} limit={1000} /></p>}
        <label>
          Investigation{" "}
          <select value={into} onChange={(e) => setId(e.currentTarget.value)}>
            {list.map((c) => <option key={c.id} value={c.id}>{reveal(c.name)}{several && ` · ${c.tenant}`}</option>)}
            <option value="">{reading ? "Reading…" : "A new one"}</option>
          </select>
        </label>
        {into === "" && !reading && <label>Name <input required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} placeholder="Password guesser at the gate" /></label>}
        {into === "" && !reading && <TenantChoice value={tenant} onChange={setTenant} />}
        <label>Note <textarea rows={2} maxLength={4000} value={comment} onInput={(e) => setComment(e.currentTarget.value)} /></label>
        <label>Tags <input value={tags} onInput={(e) => setTags(e.currentTarget.value)} placeholder="first-access, lateral" /></label>
        {fault !== "" && <p class="fault" role="alert"><Text value={fault} /></p>}
        <p class="ends"><button type="button" onClick={() => el.current!.close()}>Cancel</button><button type="submit" class="primary" disabled={busy || reading}>{busy ? "Pinning…" : "Pin"}</button></p>
      </form>
    </dialog>
  );
}

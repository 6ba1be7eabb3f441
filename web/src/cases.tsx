import { useRef, useState } from "preact/hooks";
import { ask, create, get, send } from "./api";
import type { Alert, Row } from "./api";
import { asProblem, useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { Whole } from "./detail";
import { reveal } from "./expr";
import { has } from "./features";
import { useDraft, useKept } from "./kept";
import { dayAround, Entity, Within } from "./menu";
import { tagsOf } from "./pin";
import type { Case } from "./pin";
import { at, href } from "./place";
import { Level, nameOf } from "./rail";
import { save } from "./save";
import { Confirm, Sheet } from "./sheet";
import { TenantChoice, useTenant } from "./tenant";
import { Text, plain } from "./text";
import { ago, stamp, zoneName } from "./time";

type Item = { id: string; version?: number; kind: string; at: string; owner?: string; copy?: Row; note?: string; comment?: string; tags?: string[] | null };
type Story = Omit<Case, "items"> & { items: Item[] | null };

/** CasesView is the list of investigations, or one of them as a timeline. */
export function CasesView() {
  const { place } = useDesk();
  return place.id === "" ? <List /> : <Timeline key={place.id} id={place.id} />;
}

const countOf = (c: Case & { count?: number }) => (typeof c.items === "number" ? c.items : Array.isArray(c.items) ? c.items.length : (c.count ?? 0));

function List() {
  const { place, go, can, tell, session } = useDesk();
  const [name, setName] = useState("");
  const [tenant, setTenant] = useTenant();
  const several = (session.tenants?.length ?? 0) > 1;
  const { value, problem, busy } = useAnswer("investigations", (signal) => get<{ investigations: Case[] | null }>("/investigations", signal));
  const all = value?.investigations ?? [];
  const closed = all.filter((c) => c.status === "closed").length;
  const list = all.filter((c) => (c.status === "closed") === (place.status === "closed"));
  const now = Date.now();
  const make = async (e: Event) => {
    e.preventDefault();
    try {
      const made = await create<Case>("/investigations", { name: name.trim(), ...(tenant === "" ? {} : { tenant }) });
      go({ id: made.id });
    } catch (err) {
      tell(asProblem(err).message);
    }
  };
  return (
    <section class="page" aria-label="Investigations">
      {can("investigations.write") && (
        <form class="tools wide" onSubmit={(e) => void make(e)}>
          <input aria-label="Name of a new investigation" placeholder="Name of a new investigation" required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} />
          <TenantChoice bare value={tenant} onChange={setTenant} />
          <button type="submit" class="primary">Begin</button>
        </form>
      )}
      {all.length > 0 && (
        <p class="tools wide"><span class="chips" role="group" aria-label="Status">
          <button type="button" aria-pressed={place.status !== "closed"} onClick={() => go({ status: "" })}>Open <b>{all.length - closed}</b></button>
          <button type="button" aria-pressed={place.status === "closed"} onClick={() => go({ status: "closed" })}>Closed <b>{closed}</b></button>
        </span></p>
      )}
      <div class="stack">
        {problem && <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>}
        {busy && !value && <p class="note" aria-busy="true">Reading…</p>}
        {value && all.length > 0 && list.length === 0 && <p class="note">None is {place.status === "closed" ? "closed" : "open"}.</p>}
        {value && all.length === 0 && <div class="empty wide"><h2>No investigations yet</h2><p>{can("investigations.write") ? <>Begin one above, or press <kbd>p</kbd> on an event or an alert: it</> : "Analysts begin one; what they pin"} is copied whole into the investigation, so that it stays when the stored event has passed.</p></div>}
        <ul class="lines-of">
          {list.map((c) => {
            const to = { ...place, id: c.id };
            return <li key={c.id}><a href={href(to)} onClick={follow(go, { id: c.id })}><Text value={c.name} limit={200} /></a> <span class="aside">{countOf(c) > 0 && `${countOf(c)} ${countOf(c) === 1 ? "item" : "items"} · `}{several && c.tenant && <><Text value={c.tenant} limit={40} /> · </>}{c.owner && <><Text value={c.owner} limit={60} /> · </>}{ago(Date.parse(c.changed ?? c.created ?? ""), now)}</span></li>;
          })}
        </ul>
      </div>
    </section>
  );
}

const momentOf = (i: Item) => Date.parse(i.at);

/** eventOf and alertOf give what an item is a copy of. */
const eventOf = (i: Item) => (i.kind === "event" ? i.copy : undefined);
const alertOf = (i: Item) => (i.kind === "alert" ? (i.copy as unknown as Alert | undefined) : undefined);

function Timeline({ id }: { id: string }) {
  const { place, go, zone, can, tell, session } = useDesk();
  const [turn, setTurn] = useState(0);
  const [note, setNote] = useKept(`investigation ${id}`);
  const [tag, setTag] = useState("");
  const [changing, setChanging] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const path = `/investigations/${encodeURIComponent(id)}`;
  const { value, problem, busy } = useAnswer(`${id} ${turn}`, (signal) => get<Story>(path, signal), id);
  const closed = value?.status === "closed";
  const change = has("/investigations/{id}", "patch") && can("investigations.write");
  const may = can("investigations.write") && !closed;
  const mine = has("/investigations/{id}", "delete") && can("investigations.write") && (value?.owner === (session.user ?? "local") || session.role === "admin" || session.role === undefined);
  const items = (value?.items ?? []).slice().sort((a, b) => (momentOf(a) || 0) - (momentOf(b) || 0));
  const tags = [...new Set(items.flatMap((i) => i.tags ?? []))].sort();
  const list = tag === "" ? items : items.filter((i) => i.tags?.includes(tag));
  const act = async (what: () => Promise<unknown>, said: string) => {
    let done = false;
    try {
      await what();
      tell(said);
      done = true;
    } catch (err) {
      tell(asProblem(err).message);
    }
    setTurn((t) => t + 1);
    return done;
  };
  const remove = async () => {
    try {
      await send(path, {}, undefined, "DELETE");
      tell("Deleted");
      go({ id: "" });
    } catch (err) {
      setDeleting(false);
      tell(asProblem(err).message);
    }
  };
  const write = (e: Event) => {
    e.preventDefault();
    if (note.trim() !== "") void act(async () => (await create(`${path}/items`, { note: note.trim(), tags: [] }), setNote("")), "Noted");
  };
  const download = (format: "ndjson" | "md") => () =>
    void act(async () => {
      const res = await ask(`${path}/export?format=${format}`, undefined);
      save(`${(value?.name ?? "investigation").slice(0, 100)}.${format}`, res.headers.get("Content-Type") ?? "text/plain", await res.blob());
    }, "Saved");
  const back = { ...place, id: "" };
  return (
    <section class="page" aria-label="Investigation">
      <div class="top-line">
        <a href={href(back)} onClick={follow(go, { id: "" })}>← Investigations</a>
        <h2><Text value={value?.name ?? ""} limit={300} /></h2>
        <span class="aside">{items.length} {items.length === 1 ? "item" : "items"} · times are {items.length > 0 ? zoneName(zone, momentOf(items[0]!), momentOf(items.at(-1)!)) : zoneName(zone)}</span>
        <span class="space" />
        {tags.length > 0 && (
          <label>
            <span class="unseen">Tag </span>
            <select aria-label="Tag" value={tag} onChange={(e) => setTag(e.currentTarget.value)}><option value="">every tag</option>{tags.map((t) => <option key={t} value={t}>{reveal(t)}</option>)}</select>
          </label>
        )}
        {change && value && <button type="button" onClick={() => setChanging(true)}>Rename…</button>}
        {change && value && <button type="button" onClick={() => void act(() => send(path, { status: closed ? "open" : "closed", version: value.version }, undefined, "PATCH"), closed ? "Opened again" : "Closed")}>{closed ? "Open again" : "Close"}</button>}
        {mine && value && <button type="button" onClick={() => setDeleting(true)}>Delete…</button>}
        {has("/investigations/{id}/export") && <><button type="button" onClick={download("md")}>Export as Markdown</button><button type="button" onClick={download("ndjson")}>as NDJSON</button></>}
      </div>
      <div class="stack">
        {problem && <p class="fault" role="alert"><Text value={problem.message} limit={1000} /></p>}
        {busy && !value && <p class="note" aria-busy="true">Reading…</p>}
        {closed && <p class="note">It is closed: nothing is pinned to it, and nothing in it changes, until it is opened again.</p>}
        {value?.description && <p class="words"><Text value={value.description} limit={32_000} lines /></p>}
        {value && items.length === 0 && <p class="note">Nothing is pinned yet. Press <kbd>p</kbd> on an event or an alert.</p>}
        <ol class="timeline">
          {list.map((i) => <Entry key={i.id} item={i} may={may} change={(body) => act(() => send(`${path}/items/${encodeURIComponent(i.id)}`, body, undefined, "PATCH"), "Changed")} remove={() => void act(() => send(`${path}/items/${encodeURIComponent(i.id)}`, {}, undefined, "DELETE"), "Taken out")} />)}
        </ol>
        {may && (
          <form class="noting" onSubmit={write}>
            <textarea rows={3} maxLength={10_000} aria-label="Note" placeholder="What is known, what is open, who was asked" value={note} onInput={(e) => setNote(e.currentTarget.value)} />
            <button type="submit" class="primary" disabled={note.trim() === ""}>Add the note</button>
          </form>
        )}
      </div>
      {changing && value && <Rename story={value} onClose={() => setChanging(false)} onDone={(body) => (setChanging(false), act(() => send(path, { ...body, version: value.version }, undefined, "PATCH"), "Changed"))} />}
      {deleting && (
        <Confirm title={`Delete “${reveal(value?.name ?? "").slice(0, 80)}”?`} verb="Delete it" onDo={() => void remove()} onClose={() => setDeleting(false)}>
          It vanishes for everybody, with its {items.length} {items.length === 1 ? "item" : "items"}. What was done stays in the audit log. To keep it as it is, close it instead.
        </Confirm>
      )}
    </section>
  );
}

function Rename({ story, onClose, onDone }: { story: Story; onClose: () => void; onDone: (body: { name: string; description: string }) => Promise<boolean> }) {
  const now = { name: story.name, description: story.description ?? "", version: story.version };
  const { draft, stale, write, end } = useDraft(`about ${story.id}`, now);
  const { name, description } = draft ?? now;
  return (
    <Sheet title="Name and description" onClose={onClose}>
      <form class="fill" onSubmit={(e) => (e.preventDefault(), void onDone({ name: name.trim(), description: description.trim() }).then((done) => done && end()))}>
        {stale && <p class="fault" role="alert">Since you began it was changed; it is called <b><Text value={now.name} limit={200} /></b>{now.description && <>: <Text value={now.description} limit={2000} lines /></>}</p>}
        <label>Name <input required maxLength={200} value={name} onInput={(e) => write({ name: e.currentTarget.value })} /></label>
        <label>Description <textarea rows={4} maxLength={10_000} value={description} onInput={(e) => write({ description: e.currentTarget.value })} placeholder="What happened, in a sentence; who is told" /></label>
        <p class="ends">{draft && <button type="button" onClick={end}>Discard</button>}<button type="submit" class="primary">{stale ? "Write over it" : "Keep"}</button></p>
      </form>
    </Sheet>
  );
}

const shownOf = ["host.name", "user.name", "source.ip", "destination.ip", "process.name", "event.action", "event.outcome"];

function Entry({ item: i, may, change, remove }: { item: Item; may: boolean; change: (body: Record<string, unknown>) => Promise<boolean>; remove: () => void }) {
  const { zone, go } = useDesk();
  const [open, setOpen] = useState(false);
  const { draft, stale, begin, write, end } = useDraft(`item ${i.id}`, { text: i.comment || i.note || "", tags: (i.tags ?? []).join(", "), version: i.version });
  const editing = draft !== undefined && may;
  const [box, button] = [useRef<HTMLTextAreaElement>(null), useRef<HTMLButtonElement>(null)];
  const [removing, setRemoving] = useState(false);
  const edit = () => {
    begin();
    setTimeout(() => box.current?.focus());
  };
  const leave = () => {
    end();
    setTimeout(() => button.current?.focus());
  };
  const event = eventOf(i);
  const alert = alertOf(i);
  const to = at({ view: "alerts", id: alert?.["alert.id"] ?? "" });
  const kind = event ? "event" : alert ? "alert" : "note";
  return (
    <li class={"of-" + kind}><Within range={dayAround(momentOf(i))}>
      <div class="head-of">
        <time class="mono" dateTime={new Date(momentOf(i) || 0).toISOString()}>{stamp(momentOf(i), zone, kind === "event")}</time>
        <span class="level none">{kind}</span>
        {(i.tags ?? []).map((t) => <span key={t} class="tag"><Text value={t} limit={40} /></span>)}
        <span class="space" />
        <span class="aside"><Text value={i.owner ?? ""} limit={60} /></span>
        {may && !editing && <button ref={button} type="button" class="quiet" onClick={edit}>Change</button>}
        {may && <button type="button" class="quiet" onClick={() => setRemoving(true)}>Take out…</button>}
      </div>
      {event && (
        <>
          <p class="mono said"><Text value={plain(event["message"] ?? event["event.original"])} limit={600} /></p>
          <p class="aside">{shownOf.filter((f) => plain(event[f]) !== "").map((f) => <span key={f} class="pair">{f} <Entity field={f} value={event[f]} event={plain(event["event.id"])} /></span>)} <button type="button" class="link" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Less" : "The whole event"}</button></p>
          {open && <div class="event"><Whole event={event} json={false} /></div>}
        </>
      )}
      {alert && <p><Level level={alert["rule.level"]} /> <a href={href(to)} onClick={follow(go, to)}><Text value={nameOf(alert)} limit={200} /></a> <span class="aside">{Object.entries(alert.group ?? {}).map(([f, v]) => <span key={f} class="pair"><Text value={f} limit={60} /> <Entity field={f} value={v} /></span>)}</span></p>}
      {(!editing || stale) && (i.comment || i.note) && <p class="words"><Text value={i.comment || i.note || ""} limit={10_000} lines /></p>}
      {removing && (
        <Confirm title={`Take the ${kind} out?`} verb="Take out" onDo={() => (setRemoving(false), remove())} onClose={() => setRemoving(false)}>
          It leaves the investigation for everybody, with what was written beside it.{kind === "event" && " Once the stored event has passed, this copy is the only one."}
        </Confirm>
      )}
      {editing && (
        <form
          class="noting"
          onSubmit={(e) => {
            e.preventDefault();
            // The version that is written over is the one that is shown: what another wrote meanwhile is seen first.
            void change({ [kind === "note" ? "note" : "comment"]: draft.text.trim(), tags: tagsOf(draft.tags), version: i.version }).then((done) => done && leave());
          }}
        >
          {stale && <p class="fault" role="alert">It was changed since you began: above is what it says now.</p>}
          <textarea ref={box} rows={3} aria-label={kind === "note" ? "Note" : "Comment"} value={draft.text} onInput={(e) => write({ text: e.currentTarget.value })} />
          <label>Tags <input value={draft.tags} onInput={(e) => write({ tags: e.currentTarget.value })} /></label>
          <p class="ends"><button type="button" onClick={leave}>Discard</button><button type="submit" class="primary">{stale ? "Write over it" : "Keep"}</button></p>
        </form>
      )}
    </Within></li>
  );
}

import { useState } from "preact/hooks";
import { create, send } from "./api";
import type { Alert } from "./api";
import { Back } from "./back";
import { asProblem } from "./data";
import { follow, useDesk } from "./desk";
import type { Excepted } from "./excepted";
import { reveal } from "./expr";
import { has } from "./features";
import { useKept } from "./kept";
import { ranges, usePast } from "./past";
import { href } from "./place";
import { huntOf, keyOf } from "./rail";
import { Sheet } from "./sheet";
import { TenantChoice, useTenant } from "./tenant";
import { Text } from "./text";
import { stamp, zoneName } from "./time";

type Result = {
  alerts_before: number; alerts_after: number; hidden: number; added: number; events: number; events_hidden: number; samples: Alert[] | null; added_samples: Alert[] | null;
  tests: { name: string; failure?: string }[] | null; tests_pass: boolean; partial?: boolean; notes: string[] | null; to?: string;
};

/** written returns an exception as it stands in a rule's file. */
export function written(match: string, owner: string, reason: string, expires: string): string {
  return `exceptions:\n  - match: |\n${match.trim().split("\n").map((l) => "      " + l.trimEnd()).join("\n")}\n    owner: ${JSON.stringify(owner)}\n    reason: ${JSON.stringify(reason)}\n    expires: ${expires}\n`;
}

type Field = "match" | "reason" | "expires";

/** placed sorts what the server refuses by the fields that it names; "" is the rest. */
export function placed(detail: string): Partial<Record<Field | "", string>> {
  const out: Partial<Record<Field | "", string>> = {};
  for (const line of detail.split("\n")) {
    const f = (/(?:^|[.\s])(match|reason|expires)[:,]/.exec(line)?.[1] ?? "") as Field | "";
    out[f] = out[f] === undefined ? line : `${out[f]}\n${line}`;
  }
  return out;
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const dayMs = 86_400_000;

/** Except shows what an exception would have hidden, before there is one, and makes it; or what one that is there would hide if it were changed. */
export function Except({ rule, name, match, tenant: of, edit, onSaved, onClose }: { edit?: Excepted; rule: string; name: string; match: string; tenant?: string; onSaved?: () => void; onClose: () => void }) {
  const { go, zone, types, copy, session, can, tell } = useDesk();
  const [text, setText] = useState(match);
  const [from, setFrom] = useState("-30d");
  const was = edit?.reason ?? "";
  const [reason, setReason] = useKept(`exception ${edit?.id ?? rule}`, was);
  const [until, setUntil] = useState(edit && Date.parse(edit.expires) > Date.now() ? edit.expires.slice(0, 10) : day(Date.now() + 90 * dayMs));
  const [tenant, setTenant] = useTenant(of);
  const [faults, setFaults] = useState<ReturnType<typeof placed>>({});
  const [saving, setSaving] = useState(false);
  const { state, run, cancel } = usePast<{ rule: string; match: string; from: string }, Result>("/exceptions/preview");
  const r = state?.result;
  const n = (v: number) => v.toLocaleString("en");
  const yaml = written(text, edit?.owner || session.user || "local", reason, until);
  // A day that stays as it is keeps its hour.
  const expires = edit?.expires.slice(0, 10) === until ? edit.expires : `${until}T00:00:00Z`;
  const serves = has("/exceptions", "post");
  const may = serves && can("exceptions.write");
  const stale = state?.of?.match !== text;
  const save = async () => {
    setSaving(true);
    setFaults({});
    try {
      const body = { match: text.trim(), reason: reason.trim(), expires };
      const made = edit
        ? await send<Excepted>(`/exceptions/${encodeURIComponent(edit.id)}`, { ...body, rule: edit.rule, owner: edit.owner, version: edit.version }, undefined, "PUT")
        : await create<Excepted>("/exceptions", { ...body, rule, ...(tenant === "" ? {} : { tenant }) });
      tell(made.in_use ? "The exception is saved and in use" : `The exception is saved, but not in use${made.fault ? ": " + reveal(made.fault).slice(0, 200) : " yet"}`);
      setReason(was);
      cancel();
      onSaved?.();
      onClose();
    } catch (err) {
      const p = asProblem(err);
      setFaults(p.status === 400 ? placed(p.message) : { "": p.status === 0 ? `${p.message} Save again: it is ${edit ? "changed" : "made"} once only.` : p.message });
      setSaving(false);
    }
  };
  const at = (f: Field) => (faults[f] ? { "aria-invalid": true, "aria-describedby": `except-${f}` } : {});
  const wrong = (f: Field) => faults[f] && <p class="fault" role="alert" id={`except-${f}`}><Text value={faults[f]} limit={1000} lines /></p>;
  return (
    <Sheet title={`What would ${edit ? "the changed" : "an"} exception hide? ${reveal(name).slice(0, 120)}`} wide onClose={() => (cancel(), onClose())}>
      <form
        class="fill"
        onSubmit={(e) => {
          e.preventDefault();
          void run({ rule, match: text, from });
        }}
      >
        <label>Leave out events for which <textarea class="mono" rows={3} required maxLength={8192} spellcheck={false} value={text} {...at("match")} onInput={(e) => setText(e.currentTarget.value)} placeholder={'source.ip == "192.0.2.10"'} /></label>
        {wrong("match")}
        {edit && <p class="note">What the exception hides as it is now stays hidden here: counted is what the change would hide in addition.</p>}
        <p class="tools">
          <Back say="Over the last" value={from} choices={ranges} onChange={setFrom} />
          {state?.running ? <button type="button" onClick={cancel}>Cancel</button> : <button type="submit" class="primary">Show</button>}
          {state?.running && <><progress aria-label="Preview" max={1} value={state.step?.done} /><span class="aside" role="status">{state.step ? `${Math.round(100 * state.step.done)} %, ${n(state.step.events)} events` : "Beginning…"}</span></>}
        </p>
      </form>
      {state?.fault && <p class="fault" role="alert"><Text value={state.fault} limit={2000} /></p>}
      {r && (
        <div class="preview">
          <dl class="account" aria-label="What it would hide">
            <div class={r.hidden > 0 ? "" : "aside"}><dt>Alerts hidden</dt><dd>{n(r.hidden)} <small>of {n(r.alerts_before)}</small></dd></div>
            <div><dt>Events hidden</dt><dd>{n(r.events_hidden)} <small>of {n(r.events)} that matched</small></dd></div>
            <div><dt>Alerts left</dt><dd>{n(r.alerts_after)}</dd></div>
            {r.added > 0 && <div class="fault"><dt>Alerts that come elsewhere</dt><dd>{n(r.added)}</dd></div>}
            <div class={(r.tests?.length ?? 0) > 0 && !r.tests_pass ? "fault" : ""}><dt>The rule's own true positives</dt><dd>{(r.tests?.length ?? 0) === 0 ? "has no tests" : r.tests_pass ? (r.tests!.length === 1 ? "its one still fires" : `all ${r.tests!.length} still fire`) : `${r.tests!.filter((t) => t.failure).length} of ${r.tests!.length} no longer fire`}</dd></div>
          </dl>
          {stale && <p class="fault">The condition has changed since: this is of what stood there before.</p>}
          {r.partial && <p class="fault" role="alert">Not all: the budget was used up{r.to ? `; judged until ${stamp(Date.parse(r.to), zone)} ${zoneName(zone)}` : ""}.</p>}
          {r.tests?.filter((t) => t.failure).map((t) => <p key={t.name} class="fault">Test “<Text value={t.name} limit={200} />”: <Text value={t.failure!} limit={600} /></p>)}
          {(r.notes?.length ?? 0) > 0 && <ul class="dots note">{r.notes!.map((t, i) => <li key={i}><Text value={t} limit={600} /></li>)}</ul>}
          {([["Alerts that would be hidden", r.samples], ["Alerts that would come elsewhere", r.added_samples]] as const).map(([title, list]) => (list?.length ?? 0) > 0 && (
            <div key={title}>
              <h3>{title} <small>{zoneName(zone)}</small></h3>
              <ul class="lines-of">{list!.slice(0, 10).map((a, i) => { const to = huntOf(a, "-30d", types); return <li key={i}><a class="mono" href={href(to)} onClick={follow(go, to)}>{stamp(Date.parse(a["event.start"]), zone)}</a> <Text value={keyOf(a)} limit={200} /> <span class="aside">{typeof a.count === "number" && a.count.toLocaleString("en")} {a.count === 1 ? "event" : "events"}</span></li>; })}</ul>
            </div>
          ))}
          <h3>{edit ? "To save" : may ? "To save, or to put into the rule" : "To put into the rule"}</h3>
          <form class="fill" onSubmit={(e) => (e.preventDefault(), may ? void save() : copy(yaml, "the exception"))}>
            <label>Reason <input required maxLength={500} value={reason} {...at("reason")} onInput={(e) => setReason(e.currentTarget.value)} placeholder="vulnerability scanner, ticket 4711" /></label>
            {wrong("reason")}
            <label>Until (UTC) <input type="date" required min={day(Date.now() + dayMs)} value={until} {...at("expires")} onInput={(e) => setUntil(e.currentTarget.value)} /></label>
            {wrong("expires")}
            {may && !edit && <TenantChoice value={tenant} onChange={setTenant} />}
            <pre class="code"><Text value={yaml} limit={20_000} lines /></pre>
            {faults[""] && <p class="fault" role="alert"><Text value={faults[""]} limit={1000} lines /></p>}
            {may && stale && <p class="note">Show what the condition hides now, then save.</p>}
            {serves && !may && <p class="note">Saving needs the permission exceptions.write, which engineers have: copy the text for one of them.</p>}
            <p class="ends">
              <span class="note">{may ? "What is saved holds for one tenant; what is written into the rule's file, for all. Both end by themselves." : "An exception is written into the rule's file, is reviewed as it is, and ends by itself."}</span>
              <button type={may ? "button" : "submit"} class={may ? "" : "primary"} onClick={may ? () => copy(yaml, "the exception") : undefined}>Copy</button>
              {may && <button type="submit" class="primary" disabled={saving || stale}>{saving ? "Saving…" : "Save"}</button>}
            </p>
          </form>
        </div>
      )}
    </Sheet>
  );
}

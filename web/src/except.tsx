import { useState } from "preact/hooks";
import type { Alert } from "./api";
import { follow, useDesk } from "./desk";
import { reveal } from "./expr";
import { ranges, usePast } from "./past";
import { href } from "./place";
import { huntOf, keyOf } from "./rail";
import { Sheet } from "./sheet";
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

/** Except shows what an exception would have hidden, before there is one. */
export function Except({ rule, name, match, onClose }: { rule: string; name: string; match: string; onClose: () => void }) {
  const { go, zone, types, copy, session } = useDesk();
  const [text, setText] = useState(match);
  const [from, setFrom] = useState("-30d");
  const [reason, setReason] = useState("");
  const [days, setDays] = useState(90);
  const { state, run, cancel } = usePast<{ rule: string; match: string; from: string }, Result>("/exceptions/preview");
  const r = state?.result;
  const n = (v: number) => v.toLocaleString("en");
  const until = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const yaml = written(text, session.user || "local", reason, until);
  return (
    <Sheet title={`What would an exception hide? ${reveal(name).slice(0, 120)}`} wide onClose={() => (cancel(), onClose())}>
      <form
        class="fill"
        onSubmit={(e) => {
          e.preventDefault();
          void run({ rule, match: text, from });
        }}
      >
        <label>Leave out events for which <textarea class="mono" rows={3} required spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} placeholder={'source.ip == "192.0.2.10"'} /></label>
        <p class="tools">
          <label>Over the last <select value={from} onChange={(e) => setFrom(e.currentTarget.value)}>{ranges.map(([v, t]) => <option key={v} value={v}>{t}</option>)}</select></label>
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
            <div class={(r.tests?.length ?? 0) > 0 && !r.tests_pass ? "fault" : ""}><dt>The rule's own true positives</dt><dd>{(r.tests?.length ?? 0) === 0 ? "has no tests" : r.tests_pass ? `all ${r.tests!.length} still fire` : `${r.tests!.filter((t) => t.failure).length} of ${r.tests!.length} no longer fire`}</dd></div>
          </dl>
          {state.of?.match !== text && <p class="fault">The condition has changed since: this is of what stood there before.</p>}
          {r.partial && <p class="fault" role="alert">Not all: the budget was used up{r.to ? `; judged until ${stamp(Date.parse(r.to), zone)} ${zoneName(zone)}` : ""}.</p>}
          {r.tests?.filter((t) => t.failure).map((t) => <p key={t.name} class="fault">Test “<Text value={t.name} limit={200} />”: <Text value={t.failure!} limit={600} /></p>)}
          {(r.notes?.length ?? 0) > 0 && <ul class="dots note">{r.notes!.map((t, i) => <li key={i}><Text value={t} limit={600} /></li>)}</ul>}
          {([["Alerts that would be hidden", r.samples], ["Alerts that would come elsewhere", r.added_samples]] as const).map(([title, list]) => (list?.length ?? 0) > 0 && (
            <div key={title}>
              <h3>{title} <small>{zoneName(zone)}</small></h3>
              <ul class="lines-of">{list!.slice(0, 10).map((a, i) => { const to = huntOf(a, "-30d", types); return <li key={i}><a class="mono" href={href(to)} onClick={follow(go, to)}>{stamp(Date.parse(a["event.start"]), zone)}</a> <Text value={keyOf(a)} limit={200} /> <span class="aside">{typeof a.count === "number" && a.count.toLocaleString("en")} events</span></li>; })}</ul>
            </div>
          ))}
          <h3>To put into the rule</h3>
          <form class="fill" onSubmit={(e) => (e.preventDefault(), copy(yaml, "the exception"))}>
            <label>Reason <input required maxLength={500} value={reason} onInput={(e) => setReason(e.currentTarget.value)} placeholder="vulnerability scanner, ticket 4711" /></label>
            <label>For <select value={days} onChange={(e) => setDays(Number(e.currentTarget.value))}>{[7, 30, 90, 365].map((d) => <option key={d} value={d}>{d} days</option>)}</select></label>
            <pre class="code"><Text value={yaml} limit={20_000} lines /></pre>
            <p class="ends"><span class="note">An exception is written into the rule's file, is reviewed as it is, and ends by itself.</span><button type="submit" class="primary">Copy</button></p>
          </form>
        </div>
      )}
    </Sheet>
  );
}

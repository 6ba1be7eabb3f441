import { useEffect, useState } from "preact/hooks";
import { NotUnderstood, Quarantine } from "./again";
import { get } from "./api";
import { useAnswer } from "./data";
import { follow, useDesk } from "./desk";
import { quote } from "./expr";
import { First } from "./first";
import { has } from "./features";
import { at, href } from "./place";
import { Text, howMany } from "./text";
import { ago, span, stamp, zoneShort } from "./time";

type Source = {
  tenant: string; listener: string; source: string; first_seen: string; last_seen: string; events: number; rate: number; expected_rate: number; silent_after?: number;
  unparsed_share: number; skew_seconds?: number; zone?: string; received: number; stored: number; quarantined?: number; rejected?: Record<string, number> | null; dropped?: Record<string, number> | null; state: string;
};

const states: [string, string, string][] = [
  ["silent", "silent", "sent nothing for longer than it ever did"], ["late", "late", "its times lie behind or before those of receipt"], ["unparsed", "not understood", "far more than usual of what it sends is not read into fields"], ["ok", "in order", ""],
];
const total = (by: Record<string, number> | null | undefined) => Object.values(by ?? {}).reduce((a, b) => a + b, 0);
/** dropped parts what was dropped: by a rule of the installation's own, as it had come before, and for want of something, which is a loss. */
function dropped(by: Record<string, number> | null | undefined) {
  const out = { rule: 0, twice: 0, lost: 0 };
  for (const [why, n] of Object.entries(by ?? {})) out[why.startsWith("content ") ? "rule" : why === "duplicate" ? "twice" : "lost"] += n;
  return out;
}
const whyOf = (by: Record<string, number> | null | undefined) => Object.entries(by ?? {}).filter(([, n]) => n > 0).map(([why, n]) => `${why.replace(/^content /, "dropped by your rule ").replace(/^duplicate$/, "came twice")}: ${n.toLocaleString("en")}`).join("; ");
const rate = (n: number) => (n === 0 ? "0" : n >= 100 ? Math.round(n).toLocaleString("en") : n >= 1 ? n.toFixed(1) : n * 60 >= 1 ? `${(n * 60).toFixed(1)}/min` : `${(n * 3600).toFixed(1)}/h`);

/** SourcesView shows who sends, whether they are well, and what became of all that was received. */
export function SourcesView() {
  const { place, go, can } = useDesk();
  const tabs: [string, string, boolean][] = [["", "Senders", true], ["unparsed", "Not understood", has("/table", "post")], ["quarantine", "Quarantine", has("/quarantine") && can("quarantine")]];
  const tab = tabs.find(([t, , is]) => is && t === place.tab)?.[0] ?? "";
  return (
    <section class="alerts" aria-label="Sources">
      {tabs.filter(([, , is]) => is).length > 1 && (
        <div class="tabs" role="group" aria-label="Sources as">{tabs.map(([t, n, is]) => is && <a key={t} href={href({ ...place, tab: t })} aria-current={tab === t ? "page" : undefined} onClick={follow(go, { tab: t })}>{n}</a>)}</div>
      )}
      {tab === "quarantine" ? <Quarantine /> : tab === "unparsed" ? <NotUnderstood /> : <Senders />}
    </section>
  );
}

function Senders() {
  const { place, go, zone } = useDesk();
  const [turn, setTurn] = useState(0);
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && setTurn((t) => t + 1), 10_000);
    return () => clearInterval(timer);
  }, []);
  const { value, problem, busy } = useAnswer(`sources ${turn}`, (signal) => get<{ sources: Source[] | null }>("/sources", signal), "sources");
  const all = value?.sources ?? [];
  const want = text.toLowerCase();
  const rank = (s: Source) => states.findIndex(([k]) => k === s.state);
  const list = all
    .filter((s) => (place.status === "" || s.state === place.status) && `${s.source} ${s.listener} ${s.tenant}`.toLowerCase().includes(want))
    .sort((a, b) => rank(a) - rank(b) || b.events - a.events);
  const sum = (f: (s: Source) => number) => all.reduce((n, s) => n + f(s), 0);
  const [received, stored, rejected, quarantined] = [sum((s) => s.received), sum((s) => s.stored), sum((s) => total(s.rejected)), sum((s) => s.quarantined ?? 0)];
  const [byRule, twice, gone] = [sum((s) => dropped(s.dropped).rule), sum((s) => dropped(s.dropped).twice), sum((s) => dropped(s.dropped).lost)];
  const open = received - stored - rejected - byRule - twice - gone - quarantined;
  const now = Date.now();
  const n = (v: number) => v.toLocaleString("en");
  return (
    <>
      <div class="tools">
        <h2>{howMany(value ? list.length : undefined, "sender", "senders")}</h2>
        <span class="chips" role="group" aria-label="State">
          <button type="button" aria-pressed={place.status === ""} onClick={() => go({ status: "" })}>All <b>{all.length}</b></button>
          {states.map(([s, name]) => <button key={s} type="button" aria-pressed={place.status === s} onClick={() => go({ status: s })}>{name} <b>{all.filter((x) => x.state === s).length}</b></button>)}
        </span>
        <input type="search" aria-label="Sender or listener" placeholder="address or listener" value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <span class="space" />
        <span class="note">Refreshed every 10 s.</span>
      </div>
      {problem && <p class="fault pad" role="alert">The senders are not up to date: <Text value={problem.message} limit={1000} /></p>}
      {busy && !value && <p class="note pad" aria-busy="true">Reading the loss account…</p>}
      {all.length > 0 && (
        <dl class="account" aria-label="Loss account">
          <div><dt>Received</dt><dd>{n(received)}</dd></div>
          <span aria-hidden="true">=</span>
          <div><dt>Stored</dt><dd>{n(stored)}</dd></div>
          <span aria-hidden="true">+</span>
          <div class={quarantined > 0 ? "fault" : ""}><dt>Quarantined</dt><dd>{n(quarantined)}</dd></div>
          <span aria-hidden="true">+</span>
          <div class={rejected > 0 ? "fault" : ""}><dt>Rejected</dt><dd>{n(rejected)}</dd></div>
          <span aria-hidden="true">+</span>
          <div><dt>Dropped by rule</dt><dd>{n(byRule)}</dd></div>
          <span aria-hidden="true">+</span>
          {twice > 0 && <><div><dt title="Had come before, and is stored once">Came twice</dt><dd>{n(twice)}</dd></div><span aria-hidden="true">+</span></>}
          {gone > 0 && <><div class="fault"><dt>Lost</dt><dd>{n(gone)}</dd></div><span aria-hidden="true">+</span></>}
          <div><dt title="Received, and not accounted for yet">On the way</dt><dd>{n(Math.max(0, open))}</dd></div>
        </dl>
      )}
      {value && all.length === 0 && <div class="empty"><h3>Nobody has sent anything yet</h3><p>A sender appears here with the first record that it sends.</p><First>To send one, paste this line in a shell:</First></div>}
      {value && all.length > 0 && list.length === 0 && <div class="empty"><h3>No sender is in this state</h3></div>}
      {list.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Sender list">
          <table>
            <thead>
              <tr>
                <th scope="col">State</th><th scope="col">Sender</th><th scope="col">Last seen <small>{zoneShort(zone)}</small></th><th scope="col" class="number">Events</th><th scope="col" class="number">Rate</th>
                <th scope="col" class="number">Usual</th><th scope="col" class="number">Not understood</th><th scope="col" class="number">Clock</th><th scope="col">Zone</th><th scope="col" class="number">Received</th><th scope="col" class="number">Lost</th>
              </tr>
            </thead>
            <tbody>
              {list.map((s) => {
                const lost = total(s.rejected) + dropped(s.dropped).lost + (s.quarantined ?? 0);
                const why = [whyOf({ "in quarantine": s.quarantined ?? 0 }), whyOf(s.rejected), whyOf(s.dropped)].filter((x) => x !== "").join("; ");
                const last = Date.parse(s.last_seen);
                const to = at({ query: `log.source.address == ${quote(s.source)}`, from: "-24h" });
                const bad = at({ view: "sources", tab: "unparsed" });
                const [, name, what] = states.find(([k]) => k === s.state) ?? ["", s.state, ""];
                return (
                  <tr key={`${s.tenant} ${s.listener} ${s.source}`}>
                    <td class={s.state === "ok" ? "" : "fault"} title={what}><Text value={name} limit={40} /></td>
                    <td>{s.source === "" ? <span>itself</span> : <a class="mono" href={href(to)} onClick={follow(go, to)}><Text value={s.source} limit={100} /></a>} <div class="aside"><Text value={`${s.listener}${s.tenant === "default" ? "" : ` · ${s.tenant}`}`} limit={100} /></div></td>
                    <td class="mono nowrap">{stamp(last, zone)} <div class="aside">{ago(last, now)}{s.silent_after ? `; silent after ${span(s.silent_after)}` : ""}</div></td>
                    <td class="number">{n(s.events)}</td>
                    <td class="number">{rate(s.rate)}</td>
                    <td class="number">{s.expected_rate > 0 ? rate(s.expected_rate) : <span class="aside">not known</span>}</td>
                    <td class={"number" + (s.state === "unparsed" || s.unparsed_share >= 0.5 ? " fault" : "")}>{s.unparsed_share > 0 ? <a href={href(bad)} onClick={follow(go, bad)}>{(100 * s.unparsed_share).toFixed(s.unparsed_share < 0.1 ? 1 : 0)} %</a> : "0 %"}</td>
                    <td class={"number" + (s.state === "late" ? " fault" : "")}>{s.skew_seconds === undefined ? <span class="aside">no times</span> : Math.abs(s.skew_seconds) < 1 ? "in step" : `${s.skew_seconds > 0 ? "+" : "−"}${span(Math.abs(s.skew_seconds))}`}</td>
                    <td><Text value={s.zone ?? ""} limit={60} /></td>
                    <td class="number">{n(s.received)}</td>
                    <td class={"number long" + (lost > 0 ? " fault" : "")}>{n(lost)}{why !== "" && <div class="aside"><Text value={why} limit={160} /></div>}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

// A stand-in for `watchpost query`: serves web/dist with the product's content security policy, and the API on invented events.
import { createServer } from "node:http";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
/** late is within how many milliseconds answers of the API come, in any order: LATE=500 finds tests that look too early. */
const late = Number(process.env.LATE ?? 0);
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; " +
  "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

export const dictionary = [
  ["@timestamp", "date", "When it happened."], ["event.id", "keyword", "Block and row."], ["event.dataset", "keyword", "Which parser read it."],
  ["event.action", "keyword", "What was done."], ["event.outcome", "keyword", "success, failure or unknown."], ["event.category", "keyword", "Kinds of event.", true],
  ["event.original", "wildcard", "The line as received."], ["event.severity", "long", "0 to 100."], ["message", "text", "The text of the event."],
  ["host.name", "keyword", "Where it happened."], ["user.name", "keyword", "Who."], ["source.ip", "ip", "From where."], ["source.port", "long", "From which port."],
  ["destination.ip", "ip", "To where."], ["destination.port", "long", "To which port."], ["process.name", "keyword", "Program."], ["process.pid", "long", "Process id."], ["url.original", "wildcard", "The address as it was asked for."],
  ["user.target.name", "keyword", "Whose account."], ["group.name", "keyword", "Group."], ["rule.name", "keyword", "Rule of the sender."], ["file.path", "wildcard", "File."], ["email.subject", "wildcard", "Subject."],
  ["dns.question.name", "wildcard", "Name that was asked for."], ["event.reason", "keyword", "Why."], ["event.provider", "keyword", "Which part of the sender."],
  ["process.command_line", "wildcard", "What was typed."], ["network.transport", "keyword", "tcp, udp …"], ["related.ip", "ip", "All addresses.", true],
  ["log.syslog.appname", "keyword", "Program that logged."], ["log.syslog.facility.name", "keyword", "Facility."], ["log.syslog.severity.name", "keyword", "Severity."],
  ["observer.vendor", "keyword", "Who made the device."], ["tags", "keyword", "Marks.", true], ["event.risk_score", "float", "Risk."], ["labels", "keyword", "All else."],
].map(([name, type, description, array = false]) => ({ name, type, array, description }));

function random(seed) {
  return () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
}

const hosts = ["gate-01", "web-03", "db-02", "files-01", "fw-edge"];
const users = ["root", "admin", "m.keller", "backup", "deploy", "a.osei"];

/** events returns n invented events that end at `end`, newest first; the last ten minutes hold a password guesser. */
export function events(n, end) {
  const next = random(7);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const out = [];
  for (let i = 0; i < n; i++) {
    const guess = i < n / 3 && next() < 0.7;
    const ms = end - Math.floor(guess ? next() * 600_000 : next() * 3_500_000);
    const stamp = new Date(ms).toISOString();
    const host = guess ? "gate-01" : pick(hosts);
    const kind = guess ? 0 : Math.floor(next() * 4);
    const base = { "@timestamp": stamp, "event.id": `b7${i.toString(16).padStart(8, "0")}-${i}`, "host.name": host, tags: ["site-a"], labels: { rack: "r" + (i % 4), "fwd.seq": String(i) } };
    const port = 30000 + Math.floor(next() * 30000);
    if (kind === 0) {
      const user = guess ? pick(users) : pick(users.slice(2));
      const ip = guess ? "203.0.113.7" : `198.51.100.${Math.floor(next() * 40)}`;
      const ok = !guess && next() < 0.8;
      const message = `${ok ? "Accepted publickey" : "Failed password"} for ${user} from ${ip} port ${port} ssh2`;
      out.push({ ...base, "event.dataset": "sshd", "event.action": "ssh_login", "event.outcome": ok ? "success" : "failure", "event.category": ["authentication"], "user.name": user,
        "source.ip": ip, "source.port": port, "process.name": "sshd", "process.pid": 900 + (i % 90), message, "related.ip": [ip], "log.syslog.severity.name": "info",
        "event.original": `<86>${stamp} ${host} sshd[${900 + (i % 90)}]: ${message}` });
    } else if (kind === 1) {
      const message = `IN=eth0 OUT= SRC=198.51.100.${i % 90} DST=192.0.2.10 LEN=44 PROTO=TCP SPT=${port} DPT=${[22, 23, 443, 3389][i % 4]} SYN`;
      out.push({ ...base, "host.name": "fw-edge", "event.dataset": "iptables", "event.action": "drop", "event.outcome": "failure", "event.category": ["network"], "source.ip": `198.51.100.${i % 90}`,
        "source.port": port, "destination.ip": "192.0.2.10", "destination.port": [22, 23, 443, 3389][i % 4], "network.transport": "tcp", message, "event.original": `<4>${stamp} fw-edge kernel: ${message}` });
    } else if (kind === 2) {
      const user = pick(users);
      const message = `${user} : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/usr/bin/systemctl restart app`;
      out.push({ ...base, "event.dataset": "sudo", "event.action": "command", "event.outcome": "success", "event.category": ["process"], "user.name": user,
        "process.command_line": "/usr/bin/systemctl restart app", message, "event.original": `<85>${stamp} ${host} sudo: ${message}` });
    } else {
      const message = `job ${i}: snapshot of /srv finished in ${Math.floor(next() * 90)} s`;
      out.push({ ...base, "event.dataset": "syslog", "log.syslog.appname": "backup", message, "event.original": `<14>${stamp} ${host} backup: ${message}` });
    }
  }
  return out.sort((a, b) => (a["@timestamp"] < b["@timestamp"] ? 1 : -1));
}

export function alertsOf(end) {
  const at = (s) => new Date(end - s * 1000).toISOString();
  return [
    { "alert.id": "a1", "rule.id": "ssh-brute-force", "rule.name": "SSH brute force", "event.severity": 73, "rule.level": "high", "event.start": at(590), "event.end": at(20), "@timestamp": at(15), count: 212,
      group: { "source.ip": "203.0.113.7" }, "event.ids": [], revision: 3, tenant: "default", "threat.technique.id": ["T1110.001"], "threat.technique.name": ["Brute Force: Password Guessing"], "rule.query": 'event.action == "ssh_login" and event.outcome == "failure"' },
    { "alert.id": "a2", "rule.id": "firewall-scan", "rule.name": "Many ports from one address", "event.severity": 47, "rule.level": "medium", "event.start": at(2400), "event.end": at(1900), "@timestamp": at(1890), count: 64,
      group: { "source.ip": "198.51.100.17" }, "event.ids": [], revision: 1, tenant: "default", "threat.technique.id": ["T1046"], "rule.query": 'event.dataset == "iptables" or\nevent.action == "drop"' },
    { "alert.id": "a3", "rule.id": "lsass", "rule.name": "Memory of LSASS read", "event.severity": 92, "rule.level": "critical", "event.start": at(9000), "event.end": at(9000), "@timestamp": at(8990), count: 1,
      group: { "host.name": "WS-114" }, "event.ids": [], revision: 1, tenant: "default", "threat.technique.id": ["T1003.001"], "rule.query": 'event.code == "10"' },
    { "alert.id": "a4", "rule.id": "sudo-new", "rule.name": "First use of sudo", "event.severity": 21, "rule.level": "low", "event.start": at(12000), "event.end": at(11000), "@timestamp": at(11000), count: 2,
      group: { "user.name": "a.osei", "host.name": "db-02" }, "event.ids": [], revision: 1, tenant: "default", "threat.technique.id": [], "rule.query": 'event.dataset == "sudo"' },
  ];
}

/** predicate reads the small part of expr that the page's own buttons write. */
function predicate(query) {
  // Only what stands outside of strings structures the query.
  const strings = [];
  const bare = query.replace(/"(?:[^"\\]|\\.)*"/g, (s) => `"${strings.push(s) - 1}"`);
  const back = (part) => part.replace(/"(\d+)"/g, (_, i) => strings[i]);
  const parts = bare.replace(/[()]/g, " ").split(/\s+and\s+/).filter((p) => p.trim() !== "");
  const tests = parts.map((p) => {
    const ors = p.split(/\s+or\s+/).map((q) => {
      const m = /^\s*(?:labels\["([^"]+)"\]|([\w.]+))\s*(==|!=|contains)\s*("(?:[^"\\]|\\.)*"|-?[\d.]+|true|false)\s*$/.exec(back(q));
      if (!m) return null;
      const value = JSON.parse(m[4].replace(/\\U000([0-9a-f]{5})/g, (_, h) => JSON.stringify(String.fromCodePoint(parseInt(h, 16))).slice(1, -1)));
      return (e) => {
        const v = m[1] ? e.labels?.[m[1]] : e[m[2] === "timestamp" ? "@timestamp" : m[2]];
        const has = Array.isArray(v) ? v.includes(value) : m[3] === "contains" ? String(v ?? "").includes(value) : v === value;
        return m[3] === "!=" ? !has : has;
      };
    });
    return ors.includes(null) ? null : (e) => ors.some((t) => t(e));
  });
  return tests.includes(null) ? null : (e) => tests.every((t) => t(e));
}

function bound(b, now) {
  const m = /^-(\d+)([smhd])$/.exec(b);
  return m ? now - m[1] * { s: 1, m: 60, h: 3600, d: 86400 }[m[2]] * 1000 : b === "now" ? now : Date.parse(b);
}

/**
 * desk returns the answers of a server with every part, each as fn({body, url, params}), which may take its time; one with `tail` goes on when its rows are sent; text stands wherever a log, a rule or a
 * person can put some. What is done is kept in done.
 */
export function desk({ text = "plain words", end = Date.now(), done = [] } = {}) {
  const at = (s) => new Date(end - s * 1000).toISOString();
  const event = { ...Object.fromEntries(dictionary.map((f) => [f.name, f.array ? [text] : text])), "event.id": "b7-1", "@timestamp": at(60), labels: { [text]: text } };
  const alert = {
    "alert.id": "a1", "rule.id": text, "rule.name": text, "rule.level": "high", "rule.query": text, "rule.hash": "0123456789abcdef", "rule.mode": "live", "event.start": at(600), "event.end": at(20), "@timestamp": at(15),
    count: 12, group: { "source.ip": text, [text]: text }, "event.ids": ["b7-1"], "threat.technique.id": [text], "threat.technique.name": [text], "threat.tactic.name": [text], status: "new", owner: text, class: "", comments: 1, version: 1,
    assets: [{ criticality: "high", [text]: text, host: "gate-01", lane: "shared" }], identities: [{ user: text, manager: text }],
  };
  const verdict = { kind: "all", text: "", holds: true, parts: [{ kind: "condition", text, holds: true, seen: [{ name: text, values: [text] }], hit: text, error: text }, { kind: "condition", text, holds: false, seen: [{ name: text, values: null }] }] };
  const exception = { match: text, reason: text, owner: text, expires: at(-9000), expired: true };
  const item = (id, more) => ({ id, at: at(50), owner: text, tags: [text], comment: text, ...more });
  const cases = [{ id: "c1", name: text, owner: text, items: 3, changed: at(30) }];
  const row = (values) => ({ values, count: 3, bytes: 900, first: at(900), last: at(30), new: true });
  return {
    "GET /alerts/{id}": () => alert,
    "GET /alerts/{id}/events": () => ({ ndjson: [event, { ...event, "event.id": "b7-2" }] }),
    "GET /alerts/{id}/why": () => ({ known: true, changed: true, name: text, description: text, file: text, window: text, steps: [{ name: text, match: text, at_least: 3 }, { match: text, at_least: 1 }], exceptions: [exception], playbook: text, false_positives: [text], references: [text], events: [{ id: "b7-1", "@timestamp": at(60), verdicts: [verdict] }], missing: 2 }),
    "GET /alerts/{id}/activity": () => ({ activity: [{ id: "x1", time: at(10), user: text, action: "comment", comment: text }, { id: "x2", time: at(9), user: text, action: "assign", owner: text }, ...done.filter((d) => d.path.endsWith("/activity")).map((d, i) => ({ id: "d" + i, time: at(1), user: "local", ...d.body }))], state: { status: done.some((d) => d.body.action === "close") ? "closed" : "new", owner: text, class: "", comments: 1, version: 1 + done.length } }),
    "POST /alerts/{id}/activity": ({ body, url, key }) => (done.push({ path: url.pathname, body, key }), { state: { status: "acknowledged", version: 2 } }),
    "GET /incidents": () => ({ incidents: [{ id: "i1", status: "new", level: "high", severity: 70, first: at(900), last: at(20), count: 2, events: 14, alerts: ["a1", "a2"], joined: [{ alert: "a1", by: [] }, { alert: "a2", by: [{ kind: "ip", value: text, how: "evidence" }] }], entities: [{ kind: "ip", value: text, alerts: 2, links: true }, { kind: text, value: text, alerts: 1, links: false }], rules: [{ id: text, name: text, level: text, alerts: 2 }], owners: [text], tactics: [text], techniques: [text] }], counts: {}, partial: true }),
    "GET /coverage": () => ({ name: text, techniques: [{ techniqueID: text, tactic: "persistence", score: 3, comment: text }, { techniqueID: "T1110.001", tactic: text, score: 1, comment: text, metadata: [{ name: "name", value: "Brute Force: Password Guessing" }, { name: text, value: text }] }] }),
    "GET /entities/{kind}/{value}": () => ({ kind: "ip", value: text, query: text, first_seen: at(9000), last_seen: at(30), counts: { events: 40, [text]: 3 }, logins: [row({ "user.name": text, [text]: text })], sources: [row({ "source.ip": text })], countries: [], processes: [row({ "process.command_line": text })], connections: [], alerts: [alert], new: [{ field: "user.name", value: text, count: 1, first: at(60) }], partial: [{ part: text, reason: text }] }),
    "GET /investigations": () => ({ investigations: cases }),
    "POST /investigations": ({ body }) => ({ id: "c1", name: body.name }),
    "GET /investigations/{id}": () => ({ ...cases[0], owner: "local", status: done.findLast((d) => d.body.status)?.body.status ?? "open", version: 1 + done.length, items: [item("e", { kind: "event", copy: event }), item("a", { kind: "alert", copy: alert }), item("n", { kind: "note", note: text, comment: "" })] }),
    "POST /investigations/{id}/items": ({ body, url }) => (done.push({ path: url.pathname, body }), { id: "n2" }),
    "PATCH /investigations/{id}/items/{item}": ({ body, url }) => (done.push({ path: url.pathname, body }), {}),
    "DELETE /investigations/{id}/items/{item}": ({ body, url }) => (done.push({ path: url.pathname, body }), {}),
    "GET /investigations/{id}/export": () => ({ blob: "# " + text }),
    "GET /sources": () => ({ sources: ["silent", "late", "unparsed", "ok", text].map((state, i) => ({ tenant: text, listener: text, source: text + i, first_seen: at(9000), last_seen: at(30), events: 900, rate: 0.4, expected_rate: i, silent_after: 600, unparsed_share: 0.2, skew_seconds: -90, zone: text, received: 1000, stored: 900, quarantined: 10, rejected: { [text]: 60 }, dropped: { [text]: 30 }, state })) }),
    "GET /quarantine": () => ({ quarantine: Array.from({ length: 12 }, (_, i) => ({ id: `q${i}`, kind: i ? "row" : "block", tenant: text, stored: at(60), received: at(61), rows: 1 + i, reason: text, replayed: done.some((d) => d.path.endsWith("/replay") && d.body.ids.includes(`q${i}`) && i !== 3) })) }),
    "POST /quarantine/replay": ({ body, url }) => (done.push({ path: url.pathname, body }), { stored: body.ids.length, kept: body.ids.includes("q3") ? [{ id: "q3", reason: text }] : [] }),
    "GET /reparse": () => ({ reparses: done.filter((d) => d.path === "/api/v1/reparse").map((d, i) => ({ id: `j${i}`, query: d.body.query, from: at(900), to: at(0), tenants: [text], dry_run: d.body.dry_run, by: text, begun: at(9), total: 40, read: 30, changed: 7, changes: [], ...(d.ended ? { state: d.ended, ended: at(1), read: 40, changes: [{ from: text, to: "sshd", count: 7 }], error: text } : { state: "running" }) })).reverse() }),
    "POST /reparse": ({ body, url }) => (done.push({ path: url.pathname, body }), { id: "j" }),
    "DELETE /reparse/{id}": ({ params: [id] }) => ((done.filter((d) => d.path === "/api/v1/reparse")[Number(id.slice(1))].ended = "cancelled"), { id }),
    "GET /packs/runs": () => ({ runs: [{ pack: text, tenant: "default", every_seconds: 900, next: at(-60), from: at(90_000), to: at(900), started: at(890), finished: at(880), by: text, hunts: [{ id: "two", name: text, count: 1234, change: 34, change_24h: -4, top: [{ value: text, count: 9 }] }, { id: "one", name: "Quiet", count: 0, change: 0, top: [], error: text }] }, { pack: "late", tenant: "default", every_seconds: 3600, next: at(-60), error: text }] }),
    "GET /packs/{name}/runs": () => ({ runs: [0, 1].map((i) => ({ pack: text, tenant: "default", to: at(900 + i * 900), by: text, hunts: [{ id: "two", name: text, count: 1200 + i, change: 1 }] })) }),
    "POST /packs/{name}/runs": ({ body, url }) => (done.push({ path: url.pathname, body }), { pack: text }),
    "GET /schedules": () => ({ schedules: [{ id: "s1", tenants: ["default"], configured: false, owner: text, pack: text, every_seconds: 900, range_seconds: 86400, hunts: [], params: { user: text } }] }),
    "POST /schedules": ({ body, url }) => (done.push({ path: url.pathname, body }), { id: "s2", ...body }),
    "DELETE /schedules/{id}": ({ url }) => (done.push({ path: url.pathname, body: {} }), {}),
    "POST /rules/backtest": () => ({ ndjson: [{ _progress: { done: 0.5, events: 7, alerts: 1 } }, { alerts: 7, per_day: [{ day: "2026-11-27", count: 3 }, { day: "2026-11-28", count: 4 }], keys: [{ key: text, group: { "source.ip": text, [text]: text }, count: 7 }], samples: [alert], live: { new: 1, lost: 2, same: 4, examples: [{ kind: "lost", "@timestamp": at(99), group: { [text]: text } }] }, events: 900, partial: true, reason: text, notes: [text], elapsed_ms: 1200 }] }),
    "GET /rules/{id}": () => ({ id: text, name: text, description: text, window: text, steps: [{ name: text, match: text, at_least: 3 }, { match: text, at_least: 1 }], exceptions: [exception], playbook: text, false_positives: [text], references: [text], author: text, group_by: [text], fields: [text], tests: [text, text] }),
    "GET /rules/{id}/hunt": () => ({ query: text }),
    "POST /rules/draft": () => ({ id: "draft", yaml: text, tested: 1, left_out: [text] }),
    "GET /hunts": () => ({ hunts: [{ id: "h1", name: text, query: 'user.name == "${user}"', description: text, attack: [text], shared: true, params: [{ name: "user", default: text }] }] }),
    "POST /hunts": ({ body, url }) => (done.push({ path: url.pathname, body }), { id: "h2" }),
    "DELETE /hunts/{id}": () => ({}),
    "POST /hunts/{id}/query": ({ body, url }) => (done.push({ path: url.pathname, body }), { query: `user.name == ${JSON.stringify(body.params.user ?? "")}`, from: "-24h", to: "now", fields: [], columns: [] }),
    "GET /questions": () => ({ questions: [{ id: "logins", text, kind: "events", params: [{ name: "ip", default: "" }] }, { id: "who", text: "Of a user", kind: "events", params: [{ name: "user", default: "" }] }, { id: "alerts", text: "Alerts about it", kind: "alerts", params: [{ name: "entity", default: "" }] }, { id: "silent", text: "Silent", kind: "sources", params: [] }] }),
    "POST /questions/{id}/query": ({ body, params: [id] }) => ({ kind: { alerts: "alerts", silent: "sources" }[id] ?? "events", query: `source.ip == ${JSON.stringify(body.params.ip ?? "")}`, pipe: id === "logins" ? "| count by user.name" : "", order: "asc", from: at(900), to: at(0) }),
    "GET /packs": () => ({ packs: [{ name: text, description: text, hunts: [{ id: "one", name: text, description: text, attack: [text], question: 1, params: [{ name: "user", default: text }], query: text, group_by: "source.ip" }, { id: "two", name: "Two", description: "", attack: ["T1110"], params: [], query: 'event.action == "x"', group_by: "user.name" }] }] }),
    "POST /packs/{name}/run": ({ body, url, params: [pack] }) => (done.push({ path: url.pathname, body }), { pack, from: body.from, to: body.to, hunts: body.hunts.map((id) => ({ id, name: text, query: `user.name == ${JSON.stringify(body.params.user ?? "")}`, group_by: "source.ip", count: id === "one" ? 1234 : 0, before: 4, change: id === "one" ? 1230 : -4, top: [{ value: text, count: 9 }], ...(id === "two" ? { error: text } : {}) })) }),
    "GET /iocs": () => ({ kinds: { ip: 3, domain: 1 }, files: [{ name: text, kinds: { ip: 3, domain: 1 }, sources: [text], expired: 1, skipped: 2, example: text, left_out: 4 }, { name: "broken.json", kinds: {}, sources: [], expired: 0, skipped: 0, left_out: 0, fault: text }] }),
    "GET /iocs/{name}": ({ params: [name] }) => ({ name, total: 900, indicators: [{ kind: "ip", value: text, source: text, until: at(9), expired: true, searched: true }, { kind: "ip", value: "203.0.113.0/24", source: text, expired: false, searched: false }] }),
    "PUT /iocs/{name}": ({ body, url, params: [name] }) => (done.push({ path: url.pathname, body }), body.text.trim() === "nothing" ? { refuse: 400, detail: "text: there is no indicator in it" } : { name, kinds: { ip: 1 }, sources: [], expired: 0, skipped: 1, left_out: 0 }),
    "DELETE /iocs/{name}": ({ url }) => (done.push({ path: url.pathname, body: {} }), {}),
    "GET /exceptions": () => ({ exceptions: [{ id: "x1", tenant: text, version: 1, changed: at(90), changed_by: text, expired: true, in_use: false, fault: text, rule: text, match: text, owner: text, reason: text, expires: at(-9000) }] }),
    "POST /exceptions": ({ body, url, key }) => (done.push({ path: url.pathname, body, key }), { id: "x2", in_use: true, ...body }),
    "DELETE /exceptions/{id}": ({ url }) => (done.push({ path: url.pathname, body: {} }), {}),
    "POST /exceptions/preview": ({ body, url }) => (done.push({ path: url.pathname, body }), { ndjson: [{ _progress: { done: 0.5, events: 7, alerts: 1 } }, { rule: body.rule, from: at(9), to: at(0), alerts_before: 12, alerts_after: 5, hidden: 7, added: 1, events: 900, events_hidden: 400, samples: [alert], added_samples: [alert], tests: [{ name: "ok" }, { name: text, failure: text }], tests_pass: false, partial: true, notes: [text] }] }),
    "PATCH /investigations/{id}": ({ body, url }) => (done.push({ path: url.pathname, body }), { ...cases[0], ...body }),
    "DELETE /investigations/{id}": ({ url }) => (done.push({ path: url.pathname, body: {} }), {}),
    "GET /history": () => ({ searches: [{ last: at(300), query: text, from: text, to: "now", count: 2 }] }),
    "POST /surrounding": () => ({ ndjson: [{ ...event, "event.id": "b7-0" }, event] }),
    "POST /explain": () => ({ expr: text, sql: text, granules: { read: 3, total: 900 }, parts: { read: 1, total: 2 }, indexes: [{ type: text, name: text, granules: { read: 3, total: 900 } }], estimate: { rows: 24576, bytes: 3e6 } }),
    "POST /table": () => ({ columns: [{ name: "source.ip", type: "text" }, { name: text, type: "text" }, { name: "count", type: "integer" }], rows: [[text, text, 7], ["203.0.113.7", null, 3]], partial: true, reason: text, read_rows: 900, read_bytes: 9000, elapsed_ms: 12 }),
    "POST /sql": ({ body, url }) => (done.push({ path: url.pathname, body }), /DROP/.test(body.sql)
      ? { refuse: 400, detail: "sql: a statement is one SELECT", position: { offset: 9, line: 2, column: 1 } }
      : { columns: [{ name: "source.ip", type: "Nullable(IPv6)" }, { name: text, type: "LowCardinality(String)" }, { name: "n", type: "UInt64" }], rows: [["203.0.113.7", text, 7]], read_rows: 900, read_bytes: 9000, elapsed_ms: 12 }),
    "POST /export": ({ body }) => ({ blob: body.format, header: { "Content-Disposition": `attachment; filename="events.${body.format}"`, "Watchpost-Export-Id": "x1" } }),
    "GET /exports/{id}": () => ({ id: "x1", sha256: createHash("sha256").update("ndjson").digest("hex"), bytes: 6, rows: 3, complete: true }),
    "GET /users": () => ({ users: [{ user: text, name: text, role: text, tenants: [text], totp: true }, { user: "ann", name: text, role: "analyst", tenants: ["a"], disabled: true, external: text }] }),
    "POST /users": ({ body, url }) => (done.push({ path: url.pathname, body }), { user: body.user }),
    "PATCH /users/{id}": ({ body, url }) => (done.push({ path: url.pathname, body }), {}),
    "POST /users/{id}/password": () => ({}),
    "GET /tokens": () => ({ tokens: [{ id: text, name: text, scopes: [text], tenants: [text], created: at(900), by: text, expires: at(-90000) }] }),
    "POST /tokens": ({ body }) => ({ id: "t2", name: body.name, secret: "wpt_" + "x".repeat(30) }),
    "DELETE /tokens/{id}": () => ({}),
    "GET /audit": () => ({ entries: [{ id: "e1", time: at(30), action: text, outcome: "ok", user: text, kind: "user", role: "admin", tenants: [text], address: text, count: 1, fields: { query: text, [text]: text } }] }),
  };
}

/** answerOf finds what of world.answers fits a request. */
function answerOf(answers, method, path) {
  for (const [key, fn] of Object.entries(answers ?? {})) {
    const [m, shape] = key.split(" ");
    if (m !== method) continue;
    const fits = new RegExp(`^/api/v1${shape.replace(/\{[^}]*\}/g, "([^/]+)")}$`).exec(path);
    if (fits) return { fn, params: fits.slice(1).map(decodeURIComponent) };
  }
}

/** described is the server's own description of world.answers, as far as the page reads it. */
function described(answers) {
  const paths = {};
  for (const key of Object.keys(answers)) {
    const [method, path] = key.split(" ");
    (paths["/api/v1" + path] ??= {})[method.toLowerCase()] = {};
  }
  return { openapi: "3.1.0", paths };
}

/**
 * fake serves world = {events, alerts, fields?, answers?, slow?, broken?, csp?} until close() is called.
 * `slow` sends a row each so many milliseconds, `broken` cuts the connection after so many rows; world may be changed while it runs.
 */
export async function fake(world) {
  const asked = [];
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, "http://x");
    if (world.csp !== false) res.setHeader("Content-Security-Policy", policy);
    res.setHeader("X-Content-Type-Options", "nosniff");
    if (url.pathname === "/openapi.json" && world.answers) return res.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(described(world.answers)));
    if (!url.pathname.startsWith("/api/")) {
      const path = url.pathname === "/" ? "index.html" : url.pathname.slice(1);
      try {
        const body = readFileSync(dist + path);
        return res.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream", "Cache-Control": "no-store" }).end(body);
      } catch {
        return res.writeHead(404).end();
      }
    }
    let text = "";
    for await (const chunk of req) text += chunk;
    const json = (v, status = 200, type = "application/json") => res.writeHead(status, { "Content-Type": type }).end(JSON.stringify(v));
    const body = text === "" ? {} : JSON.parse(text);
    asked.push({ path: url.pathname, search: url.search, body, closed: new Promise((ok) => res.on("close", () => ok(res.writableFinished))) });
    if (late > 0) await new Promise((ok) => setTimeout(ok, Math.random() * late));
    if (world.down) return json({ type: "about:blank", title: "The store does not answer", status: 503, detail: "connection refused" }, 503, "application/problem+json");
    const found = answerOf(world.answers, req.method, url.pathname);
    if (found) {
      const out = await found.fn({ body, url, params: found.params, key: req.headers["idempotency-key"] });
      if (out.refuse === 401 && out.challenge !== false) res.setHeader("WWW-Authenticate", "Bearer"); // nobody is logged in
      if (out.refuse) return json({ title: "Refused", status: out.refuse, detail: out.detail, setup: out.setup, position: out.position }, out.refuse, "application/problem+json");
      if (out.ndjson) {
        const text = out.ndjson.map((r) => JSON.stringify(r) + "\n").join("");
        res.writeHead(200, { "Content-Type": "application/x-ndjson" });
        if (!out.tail) return res.end(text);
        res.write(text);
        return out.tail((rows) => res.write(rows.map((r) => JSON.stringify(r) + "\n").join("")), () => res.end());
      }
      if (out.blob !== undefined) return res.writeHead(200, { "Content-Type": "application/octet-stream", ...out.header }).end(out.blob);
      return json(out);
    }
    if (url.pathname === "/api/v1/fields") return json({ fields: world.fields ?? dictionary });
    if (url.pathname === "/api/v1/rules") return json({ rules: world.rules ?? [] });
    if (url.pathname === "/api/v1/alerts") {
      const mode = url.searchParams.get("mode") ?? "live";
      const status = url.searchParams.get("status");
      const list = world.alerts.filter((a) => (mode === "all" || (a["rule.mode"] ?? "live") === mode) && (!status || (status === "open" ? a.status !== "closed" : (a.status ?? "new") === status)));
      const worst = url.searchParams.get("order") === "worst" ? list.toSorted((a, b) => b["event.severity"] - a["event.severity"]) : list;
      const some = worst.slice(0, Number(url.searchParams.get("limit") ?? 100));
      const incident = url.searchParams.has("incident") ? world.incident : undefined;
      const answer = JSON.stringify(world.answers ? { incident, alerts: some, counts: { new: list.length, acknowledged: 0, closed: 0 }, levels: { new: Object.fromEntries(list.map((a) => [a["rule.level"], list.filter((b) => b["rule.level"] === a["rule.level"]).length])) } } : { alerts: some });
      const tag = `"${createHash("sha256").update(answer).digest("hex")}"`;
      const same = req.headers["if-none-match"] === tag;
      (world.polls ??= []).push({ same, limit: url.searchParams.get("limit") });
      return res.writeHead(same ? 304 : 200, { "Content-Type": "application/json", ETag: tag }).end(same ? "" : answer);
    }
    if (req.method !== "POST" || req.headers["content-type"] !== "application/json") return json({ title: "Bad request", status: 415 }, 415, "application/problem+json");
    const test = predicate(body.query);
    if (!test) {
      const offset = Math.max(0, body.query.search(/\s/) + 1);
      return json({ type: "about:blank", title: "The query cannot be read", status: 400, detail: `unexpected token at column ${offset + 1}`, position: { offset, line: 1, column: offset + 1 } }, 400, "application/problem+json");
    }
    const now = Date.now();
    const [from, to] = [bound(body.from, now), bound(body.to, now)];
    const hits = world.events.filter((e) => Date.parse(e["@timestamp"]) >= from && Date.parse(e["@timestamp"]) <= to && test(e));
    if (url.pathname === "/api/v1/histogram") {
      const step = Math.max(1, Math.ceil((to - from) / 1000 / body.buckets));
      const start = Math.floor(from / 1000 / step) * step;
      const counts = new Map();
      for (const e of hits) {
        const b = Math.floor((Date.parse(e["@timestamp"]) / 1000 - start) / step);
        counts.set(b, (counts.get(b) ?? 0) + 1);
      }
      const n = Math.ceil((to / 1000 - start) / step);
      const buckets = Array.from({ length: n }, (_, i) => ({ time: new Date((start + i * step) * 1000).toISOString(), count: counts.get(i) ?? 0 }));
      return json({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), step_seconds: step, total: hits.length, buckets });
    }
    if (url.pathname === "/api/v1/values") {
      const counts = new Map();
      for (const e of hits) for (const v of [e[body.field]].flat()) if (v !== undefined) counts.set(v, (counts.get(v) ?? 0) + 1);
      const values = [...counts].sort((a, b) => b[1] - a[1]).slice(0, body.limit).map(([value, count]) => ({ value, count }));
      return json({ field: body.field, total: hits.length, values });
    }
    if (url.pathname !== "/api/v1/search") return json({ title: "Not found", status: 404 }, 404, "application/problem+json");
    const ordered = body.order === "asc" ? hits.toReversed() : hits;
    const after = body.after ? ordered.findIndex((e) => e["event.id"] === body.after.slice(body.after.indexOf(".") + 1)) + 1 : 0;
    const rows = ordered.slice(after, after + body.limit);
    res.writeHead(200, { "Content-Type": "application/x-ndjson" });
    for (let i = 0; i < rows.length && !res.destroyed; i++) {
      const e = body.fields.length === 0 ? rows[i] : Object.fromEntries(body.fields.filter((f) => f in rows[i]).map((f) => [f, rows[i][f]]));
      res.write(JSON.stringify(e) + "\n");
      if (world.broken === i + 1) return setTimeout(() => res.destroy(), 50);
      if (world.slow) await new Promise((ok) => setTimeout(ok, world.slow));
    }
    res.end();
  });
  await new Promise((ok) => server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", ok));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, world, close: () => (server.closeAllConnections(), new Promise((ok) => server.close(ok))) };
}

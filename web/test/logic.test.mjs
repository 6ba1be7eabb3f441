// What the page computes without a browser: predicates, bounds, hidden characters.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createServer } from "vite";

let vite, expr, time, hidden, place, columns, data, ticks, table;
before(async () => {
  vite = await createServer({ server: { middlewareMode: true, ws: false, watch: null }, appType: "custom", logLevel: "error", optimizeDeps: { noDiscovery: true } });
  table = await vite.ssrLoadModule("/src/table.tsx");
  [expr, time, hidden, place, columns, data, ticks] = await Promise.all(["expr", "time", "hidden", "place", "columns", "data", "ticks"].map((n) => vite.ssrLoadModule(`/src/${n}.ts`)));
});
after(() => vite.close());

test("a field that is called otherwise elsewhere is mended", async () => {
  const { meantBy } = await vite.ssrLoadModule("/src/search.tsx");
  const f = (want, query, at, detail) => assert.equal(meantBy(query, at, detail), want);
  f("a source.ip:192.0.2.1", "a src_ip:192.0.2.1", 2, 'unknown field "src_ip"; did you mean source.ip, as it is called in ECS (src_ip is of Splunk CIM)? To look for this text, put it in quotes');
  f("user.name:root", "usr.name:root", 0, 'unknown field "usr.name"; did you mean user.name? To look for this text, put it in quotes');
  f("", "usr.name:root", 0, 'unknown field "usr.name"; did you mean user.name, group.name?');
});

test("a first line goes to a listener of syslog that there is", async () => {
  globalThis.location ??= { hostname: "siem.example" };
  const { guess } = await vite.ssrLoadModule("/src/first.tsx");
  const of = (...pairs) => pairs.map(([kind, addr]) => ({ name: kind, kind, addr }));
  assert.match(guess(of(["syslog TCP", "127.0.0.1:7000"], ["syslog UDP", "0.0.0.0:514"]), 1), /^logger -n siem\.example -P 514 -d /);
  assert.match(guess(of(["RELP", "127.0.0.1:2514"], ["syslog TCP", "[::1]:7000"]), 10), /^for i in \$\(seq 10\); do logger -n ::1 -P 7000 -T .*port \$\(\(40000\+i\)\) ssh2"; done$/);
  assert.equal(guess(of(["syslog TLS", "127.0.0.1:6514"]), 1), "");
});

test("condition writes what expr reads", () => {
  const f = (want, ...args) => assert.equal(expr.condition(...args), want);
  f('source.ip == "203.0.113.7"', "source.ip", "ip", "==", "203.0.113.7");
  f("destination.port != 22", "destination.port", "long", "!=", 22);
  f("destination.port == 22", "destination.port", "long", "==", "22");
  f("", "destination.port", "long", "==", "22 or true");
  f('timestamp == "2026-11-23T09:00:00Z"', "@timestamp", "date", "==", "2026-11-23T09:00:00Z");
  f('labels["a.b\\"] or true or [\\""] == "x"', 'labels.a.b"] or true or ["', undefined, "==", "x");
  f('message == "a\\"b\\\\c\\n"', "message", "text", "==", 'a"b\\c\n');
  f('message == "x\\U0000202ey\\U000e0041"', "message", "text", "==", "x\u202ey\u{e0041}");
  f("", "a b) or (true", "keyword", "==", "x");
  f("", "dns.answers", undefined, "==", { a: 1 });
});

test("clauses splits only at the top", () => {
  const f = (query, want) => assert.deepEqual(expr.clauses(query), want);
  f("", []);
  f('a == "x and y" and b == 1 && c', ['a == "x and y"', "b == 1", "c"]);
  f('(a or b) and c == "\\" or "', ["(a or b)", 'c == "\\" or "']);
  f("a and band.or == 1", ["a", "band.or == 1"]);
  f("a or b", null);
  f("a // or b", ["a"]);
  f("a /* and */ == 1", ["a   == 1"]);
  f('a == "http://x/*"', ['a == "http://x/*"']);
});

test("conjoin adds a condition once, and its opposite gives way", () => {
  const f = (query, cond, want) => assert.equal(expr.conjoin(query, cond), want);
  f("", 'a == "1"', 'a == "1"');
  f('a == "1"', 'b == "2"', 'a == "1" and b == "2"');
  f('a == "1" and b == "2"', 'a == "1"', 'b == "2" and a == "1"');
  f('a != "1" and b == "2"', 'a == "1"', 'b == "2" and a == "1"');
  f('a == "1" or b == "2" // why', 'c == "3"', '(a == "1" or b == "2") and c == "3"');
});

test("conditions are read, turned round and cut from the pipe", () => {
  const parts = (clause, want) => assert.deepEqual(expr.parted(clause), want);
  parts('user.name == "ro\\"ot"', { field: "user.name", op: "==", value: 'ro"ot' });
  parts("destination.port >= 1024", { field: "destination.port", op: ">=", value: "1024" });
  parts('labels["a.b"] contains "x"', { field: "labels.a.b", op: "contains", value: "x" });
  parts('message == "x\\U0000202ey"', { field: "message", op: "==", value: "x\u202ey" });
  parts("not exists(user.name)", { field: "user.name", op: "missing", value: "" });
  parts('lower(user.name) == "x"', null);
  const not = (clause, want) => {
    assert.equal(expr.negated(clause), want);
    assert.equal(expr.negated(want), clause);
  };
  not('a == "1"', 'a != "1"');
  not("exists(a)", "not exists(a)");
  not("a > 5", "not (a > 5)");
  assert.equal(expr.negated("not (a or b)"), "(a or b)");
  assert.equal(expr.negated("not (a) == (b)"), "not (not (a) == (b))");
  const pipe = (query, want) => assert.deepEqual(expr.unpiped(query), want);
  pipe('a == "x | y" || b', ['a == "x | y" || b', ""]);
  pipe('a == "1" | count by b | limit 5', ['a == "1"', "| count by b | limit 5"]);
  pipe("| count", ["", "| count"]);
});

test("columns are chosen, moved and kept in the address", () => {
  assert.deepEqual(columns.columnsOf("")[0], "@timestamp");
  assert.equal(columns.toggled("", "process.name"), "host.name,event.dataset,event.action,event.outcome,user.name,source.ip,process.name,message");
  assert.equal(columns.toggled(columns.toggled("", "process.name"), "process.name"), "");
  const line = { message: "date=2026-11-29 devname=FG type=traffic srcip=10.1.1.5 dstip=203.0.113.9", "destination.ip": "203.0.113.9", "destination.port": 443, "process.name": "curl" };
  assert.equal(columns.gistOf(line, ["message"]), "→ 203.0.113.9:443 · curl");
  assert.equal(columns.gistOf(line, ["destination.ip", "message"]), "curl");
  assert.equal(columns.gistOf({ ...line, message: "Failed password for root" }, ["message"]), "");
  const silent = { "user.target.name": "mara", "group.name": "Admins", "event.provider": "AzureActiveDirectory", "event.reason": "" };
  assert.equal(columns.gistOf(silent, ["user.name", "message"]), "mara · Admins · AzureActiveDirectory", "an event of a cloud has no message");
  assert.equal(columns.gistOf({ ...silent, message: "Add member to group" }, ["message"]), "");
  assert.ok(columns.fieldsOf("").includes("user.target.name"));
  assert.equal(columns.gistOf({ ...line, message: "x".repeat(5000) + line.message }, ["message"]), "", "what a megabyte holds is not counted for each row");
  assert.deepEqual(columns.fieldsOf("host.name"), ["event.id", "@timestamp", "host.name"]);
  assert.deepEqual(columns.moved(["@timestamp", "a", "b", "c"], 3, 1), ["@timestamp", "c", "a", "b"]);
  assert.deepEqual(columns.moved(["@timestamp", "a"], 1, 0), ["@timestamp", "a"]);
});

test("the cursor of a row is its time in nanoseconds and its id", () => {
  const f = (time, want) => assert.equal(data.cursorOf({ "@timestamp": time, "event.id": "x-1" }), want);
  f("2026-11-28T13:56:35.36006826Z", "1795874195360068260.x-1");
  f("2026-11-28T13:56:35Z", "1795874195000000000.x-1");
  f("yesterday", "");
});

test("bounds are read in the zone that is shown", () => {
  const f = (typed, zone, want) => assert.equal(time.readBound(typed, zone), want);
  f("now", "utc", "now");
  f("now-15m", "utc", "-15m");
  f(" -2h ", "local", "-2h");
  f("2026-11-23 09:14:03", "utc", "2026-11-23T09:14:03.000Z");
  f("2026-11-23", "utc", "2026-11-23T00:00:00.000Z");
  f("2026-11-23T09:14:03.25+02:00", "utc", "2026-11-23T07:14:03.250Z");
  for (const bad of ["", "yesterday", "-2", "2026-13-40", "2026-11-23 25:00", "-1y", "+", "/d"]) f(bad, "utc", null);
  f("now-1w/w", "utc", "-1w/w");
  f("now/d", "utc", "now/d");
});

test("ranges are said in words, whatever they are", () => {
  const f = (from, to, want) => assert.equal(time.showRange(from, to, "utc").replace(/\d{4}-\d\d-\d\d/g, "DAY"), want);
  f("-15m", "now", "Last 15 minutes");
  f("-6h", "now", "Last 6 hours");
  f("now-1d", "now", "Last 1 day");
  f("-90s", "now", "Last 90 seconds");
  f("-2w", "-1w", "2 weeks ago – 1 week ago");
  f("now-1d/d", "now", "DAY 00:00:00 – now");
  f("2026-11-23T09:14:03Z", "-1h", "DAY 09:14:03 – 1 hour ago");
});

test("bounds of a link mean what the server makes of them", () => {
  const f = (bound, want) => assert.equal(new Date(time.resolve(bound, Date.parse("2026-11-29T15:30:00Z"))).toISOString(), want);
  f("now", "2026-11-29T15:30:00.000Z");
  f("-90m", "2026-11-29T14:00:00.000Z");
  f("now-1d/d", "2026-11-28T00:00:00.000Z");
  f("now/w+1h", "2026-11-23T01:00:00.000Z"); // a Monday
  f("-2w", "2026-11-15T15:30:00.000Z");
  for (const s of ["2026-11-01T10:00", "2026-11-01T10:00:00", "2026-11-01 10:00:00", "2026-11-01T11:00:00+01:00"]) f(s, "2026-11-01T10:00:00.000Z"); // without a zone it is UTC
  f("2026-11-01", "2026-11-01T00:00:00.000Z");
  for (const good of ["-1w", "now-1d/d", "+1h", "2026-11-01T10:00"]) assert.ok(time.isBound(good), good);
  for (const bad of ["", "-", "now1h", "soon", "/d"]) assert.ok(!time.isBound(bad), bad);
});

test("no cell of a table is a formula, in no country's spreadsheet", () => {
  const f = (v, want) => assert.equal(table.csv(v), want);
  f("plain", "plain");
  f(-1, "-1");
  f("=1+1", "'=1+1");
  f("\tx", "'\tx");
  f(" \u00a0@x", "' \u00a0@x");
  f("\u0000\u200b=x", "'\u0000\u200b=x");
  f('"=x"', `"'""=x"""`);
  f("\uff1dx", "'\uff1dx");
  f("a;=1+1;b", "a;'=1+1;b");
  f('a; "+x', `"a;' ""+x"`);
  f("a\n-x\r\n@y", `"a\n'-x\r\n'@y"`);
  f("Account:\t\t-\r\nID: -5; PWD=/srv ; USER=root", '"Account:\t\t-\r\nID: -5; PWD=/srv ; USER=root"');
});

test("every hidden character has a token", () => {
  const f = (text, want) => assert.deepEqual([...text.matchAll(hidden.marks)].map((m) => hidden.label(m[0])), want);
  f("plain text, ünï©ode, 日本語 🙂", []);
  f("\u001b[31;1mred\u001b[0m", ["ESC[31;1m", "ESC[0m"]);
  f("a\u0000b\tc\r\n", ["NUL", "TAB", "CR", "LF"]);
  f("\u202eexe.txt\u2066\u200b\ufeff\u3164", ["RLO", "LRI", "ZWSP", "BOM", "U+3164"]);
  f("\u009b2J\u{e0041}", ["CSI2J", "U+E0041"]);
});

test("marks of an axis are whole and few", () => {
  const at = (s) => Date.parse(s);
  const f = (from, to, most, want, step) => {
    const [ms, s] = ticks.timeTicks(at(from), at(to), most, "utc");
    assert.deepEqual([ms.map((t) => new Date(t).toISOString().replace(/:00\.000Z$|\.000Z$/, "")), s], [want, step]);
  };
  f("2026-11-23T09:07:00Z", "2026-11-23T10:07:00Z", 4, ["2026-11-23T09:15", "2026-11-23T09:30", "2026-11-23T09:45", "2026-11-23T10:00"], 900);
  f("2026-11-23T09:07:00Z", "2026-11-26T10:07:00Z", 4, ["2026-11-24T00:00", "2026-11-25T00:00", "2026-11-26T00:00"], 86400);
  f("2026-11-23T09:07:00.5Z", "2026-11-23T09:07:02.5Z", 9, ["2026-11-23T09:07:01", "2026-11-23T09:07:02"], 1);
  f("2026-11-23T09:07:00Z", "2026-11-23T09:07:00Z", 9, [], 1);
  for (const [max, want] of [[0, [1]], [1, [1]], [9, [1]], [50, [1, 10]], [3000, [10, 1000]], [1e6, [1, 1000, 1e6]]]) assert.deepEqual(ticks.powers(max), want, `powers up to ${max}`);
  assert.ok(ticks.timeTicks(0, at("2026-11-23T09:07:00Z"), 5, "utc")[0].length < 100);
  const n = (peak, most, want) => assert.deepEqual(ticks.countTicks(peak, most), want);
  n(1, 2, [1]);
  n(3, 2, [2]);
  n(47, 2, [20, 40]);
  n(999_999, 2, [500_000]);
  n(0, 2, []);
});

test("an address is read back as written, and nonsense becomes the default", () => {
  const p = { view: "hunt", query: 'a == "&=#%+ü"\nand b', from: "2026-11-23T09:00:00.000Z", to: "now", selected: "x&y", limit: 2000, order: "asc", since: "-7d", mode: "shadow",
    cols: "user.name,message", by: "event.action", off: '["a == 1"]', status: "closed", owner: "me", level: "high", tab: "incidents", id: "a b", kind: "ip", value: "::1", rule: "ssh", incident: "0193532a0d80" };
  assert.deepEqual(place.readPlace(place.href(p).slice(1)), p);
  assert.equal(place.href(place.readPlace("")), "/");
  assert.equal(place.href(place.readPlace("?limit=1e9&view=javascript:1&order=x&from=soon&to=%00&since=2026-01-01&mode=dark")), "/");
});

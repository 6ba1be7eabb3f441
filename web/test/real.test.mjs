// The walk from lines to story, on the product itself: real lines, its own Kafka and engine, a real browser.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { launch, offences, open, skip as noBrowser } from "./browser.mjs";

const binary = fileURLToPath(new URL("../../bin/watchpost", import.meta.url));
const missing = [!existsSync(binary) && "bin/watchpost (make build)", !existsSync(process.env.WATCHPOST_CHDB ?? "") && "WATCHPOST_CHDB, the engine's library (deploy/engine/fetch)"].filter(Boolean);
if (missing.length > 0 && process.env.CI === "true") throw new Error(`missing: ${missing.join(", ")}; CI does not skip`);
const skip = noBrowser || (missing.length > 0 && `missing: ${missing.join(", ")}`);

/** free returns ports of loopback that nobody listens on now. */
async function free(n) {
  const servers = await Promise.all(Array.from({ length: n }, () => new Promise((ok) => { const s = createServer().listen(0, "127.0.0.1", () => ok(s)); })));
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((ok) => s.close(ok))));
  return ports;
}

async function until(what, seconds, holds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const got = await holds();
    if (got) return got;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await new Promise((ok) => setTimeout(ok, 100));
  }
}

describe("the product", { skip }, () => {
  let dir, run, base, syslog, browser;
  const said = () => readFileSync(join(dir, "log"), "utf8");

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "watchpost-page-"));
    const [page, tcp, kafka] = await free(3);
    [base, syslog] = [`http://127.0.0.1:${page}`, tcp];
    writeFileSync(join(dir, "watchpost.yaml"), `data: ${dir}/data\nlisten:\n  udp: []\n  tcp: [{addr: "127.0.0.1:${tcp}"}]\n  agents: []\nquery: {addr: "127.0.0.1:${page}"}\nembedded: {kafka: "127.0.0.1:${kafka}"}\nlog: {level: warn}\n`);
    writeFileSync(join(dir, "log"), "");
    run = spawn("sh", ["-c", `exec "${binary}" run -config "${dir}/watchpost.yaml" >"${dir}/log" 2>&1`], { stdio: "ignore" });
    await until(`ready; it said:\n${said()}`, 90, async () => {
      assert.equal(run.exitCode, null, said());
      return fetch(base + "/readyz").then((r) => r.ok, () => false);
    });
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    if (run && run.exitCode === null) {
      const gone = new Promise((ok) => run.on("exit", ok));
      run.kill("SIGTERM");
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  });

  /** send sends lines as syslog over TCP and returns when the product has them. */
  const send = (lines) =>
    new Promise((ok, fail) => {
      const c = connect(syslog, "127.0.0.1", () => c.end(lines.map((l) => l + "\n").join("")));
      c.on("close", ok).on("error", fail);
    });

  test("lines, alert, evidence, pivot, the address's page, and back", async () => {
    const page = await open(browser, base + "/", { permissions: ["clipboard-read", "clipboard-write"] });
    page.setDefaultTimeout(30_000);
    try {
      await page.getByRole("heading", { name: "No events yet" }).waitFor();
      const now = () => new Date().toISOString();
      const guesses = Array.from({ length: 30 }, (_, i) => `<86>${now()} gate-01 sshd[${4000 + i}]: Failed password for ${i % 2 ? "root" : "admin"} from 203.0.113.7 port ${40000 + i} ssh2`);
      await send([...guesses, `<86>${now()} gate-01 sshd[4999]: Accepted password for root from 203.0.113.7 port 41999 ssh2`, `<14>${now()} web-01 app[7]: <img src=x onerror=window.__pwned=1> \u001b[31mred`]);

      // Events and the alert appear by themselves.
      await page.locator(".body .row").first().waitFor();
      const alert = page.locator(".rail .alert", { hasText: "SSH log-in succeeded after many failures" });
      await alert.waitFor();
      await alert.click();
      await page.getByRole("heading", { name: "SSH log-in succeeded after many failures" }).waitFor();
      await page.locator(".events tbody tr").first().waitFor();
      assert.match(await page.locator(".events").innerText(), /Failed password for (root|admin) from 203\.0\.113\.7/);
      await page.locator(".why .code").first().waitFor();
      assert.match(await page.locator(".why").innerText(), /event\.outcome == "success"/);
      assert.deepEqual(await offences(page), []);

      // What is done about it stays.
      await page.keyboard.press("e");
      await page.locator(".state.acknowledged").first().waitFor();
      await page.getByRole("textbox", { name: "Comment" }).fill("Asked the owner: not him.");
      await page.getByRole("button", { name: "Comment" }).click();
      await page.locator(".history").getByText("Asked the owner: not him.").waitFor();

      // From the address to everything that it did.
      await page.locator(".facts").getByRole("link", { name: "203.0.113.7" }).click();
      await page.getByRole("heading", { name: "203.0.113.7" }).waitFor();
      await until("log-ins counted", 30, async () => /Logins failure\s*30/.test(await page.locator(".facts").innerText().catch(() => "")));
      assert.match(await page.locator(".listed").first().innerText(), /gate-01/);
      assert.deepEqual(await offences(page), []);
      await page.getByRole("link", { name: "Failures followed by success" }).click();
      await until("its events, oldest first", 30, async () => (await page.locator(".body .row").count()) >= 20);

      // The pivot narrows, the pill says so, and takes it back.
      await page.locator(".body .row .user").first().click({ button: "right" });
      await page.getByRole("menuitem", { name: "Exclude" }).click();
      await until("excluded", 30, () => /user\.name != "(root|admin)"/.test(new URL(page.url()).searchParams.get("query")));
      await page.locator(".pill.not", { hasText: "user.name" }).click();
      await page.getByRole("menuitem", { name: "Remove" }).click();
      await until("taken back", 30, () => !/user\.name !=/.test(new URL(page.url()).searchParams.get("query") ?? ""));

      // A table of it.
      await page.goto(base + "/?" + new URLSearchParams({ query: "event.outcome:failure | count by user.name | sort -count" }));
      await page.locator(".counted tbody tr").first().waitFor();
      assert.deepEqual((await page.locator(".counted tbody tr").allInnerTexts()).map((t) => t.replace(/\s+/g, " ").trim()).sort(), ["admin 15", "root 15"]);

      // The rule over the past says the same as it said of the stream.
      await page.goto(base + "/?view=rules&id=ssh-success-after-failures");
      await page.getByRole("button", { name: "Run" }).click();
      await page.locator(".days").waitFor();
      assert.match(await page.locator(".backtest").innerText(), /1 alert of .*0 new, 0 lost, 1 the same/s);

      // The loss account closes.
      await page.goto(base + "/?view=sources");
      await page.locator(".account").waitFor();
      await until("all are stored", 30, async () => /Received\s*(\d+)\s*=\s*Stored\s*\1\s/.test(await page.locator(".account").innerText()));
      assert.equal(await page.evaluate(() => window.__pwned), undefined);
      assert.deepEqual(await page.faults(), []);
    } finally {
      await page.done();
    }
  });

  test("what was pinned is in the investigation and in its export; all hits are a file", async () => {
    const page = await open(browser, base + "/?view=alerts", { acceptDownloads: true });
    page.setDefaultTimeout(30_000);
    try {
      await page.locator("table.queue tbody tr").first().waitFor();
      await page.keyboard.press("Enter");
      await page.locator(".events tbody tr").first().waitFor();
      await page.locator(".events tbody button").first().click();
      await page.locator(".events").getByRole("button", { name: "Pin" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill("The guesser at the gate");
      await page.getByRole("textbox", { name: "Note" }).fill("first try");
      await page.getByRole("dialog").getByRole("button", { name: "Pin" }).click();
      await until("pinned", 30, async () => (await page.getByRole("dialog").count()) === 0);
      await page.goto(base + "/?view=cases");
      await page.getByRole("link", { name: "The guesser at the gate" }).click();
      await page.locator(".timeline li").first().waitFor();
      assert.match(await page.locator(".timeline").innerText(), /203\.0\.113\.7.*first try/s);
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "as NDJSON" }).click()]);
      assert.match(readFileSync(await file.path(), "utf8"), /Failed password for|Accepted password for/);
      await page.goto(base + "/?" + new URLSearchParams({ query: "source.ip:203.0.113.7 AND event.outcome:failure" }));
      await page.locator(".body .row").first().waitFor();
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("radio", { name: /^NDJSON/ }).check();
      const [hits] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: "Export" }).click()]);
      assert.equal(readFileSync(await hits.path(), "utf8").trimEnd().split("\n").length, 30);
      await page.getByText(/SHA-256/).waitFor();
      await page.keyboard.press("Escape");
      assert.deepEqual(await offences(page), []);
      assert.deepEqual(await page.faults(), []);
    } finally {
      await page.done();
    }
  });
});

// The walk from lines to story, on the product itself: real lines, its own Kafka and engine, a real browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { launch, offences, open } from "./browser.mjs";
import { product, send as sendTo, skip, until } from "./product.mjs";

describe("the product", { skip }, () => {
  let it, base, browser;
  const send = (lines) => sendTo(it.ports[0], lines);

  before(async () => {
    it = await product(1, ([tcp]) => `  tcp: [{addr: "127.0.0.1:${tcp}"}]\n  agents: []\n`);
    base = it.base;
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await it?.stop();
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

      // The questions are about who got in, and the success is among what is judged.
      await page.locator(".asks li", { hasText: "All log-ins of a user" }).getByText("root", { exact: true }).waitFor();
      await page.locator(".why summary", { hasText: "Accepted password for root" }).waitFor();

      // What is done about it stays.
      await page.keyboard.press("e");
      await page.locator(".state.acknowledged").first().waitFor();
      await page.getByRole("textbox", { name: "Comment" }).fill("Asked the owner: not him.");
      await page.getByRole("button", { name: "Comment" }).click();
      await page.locator(".history").getByText("Asked the owner: not him.").waitFor();

      // From the address to everything that it did.
      await page.locator(".facts").getByRole("link", { name: "203.0.113.7" }).click();
      await page.getByRole("heading", { name: "203.0.113.7" }).waitFor();
      await until("log-ins counted", 30, async () => /Failed log-ins\s*30/.test(await page.locator(".facts").innerText().catch(() => "")));
      assert.match(await page.locator(".listed").first().innerText(), /gate-01/);
      assert.deepEqual(await offences(page), []);
      await page.getByRole("link", { name: "Failures from the address, and then a success?" }).click();
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

      // An exception for its key would hide the alert, and the rule's own true positives still fire.
      await page.getByRole("button", { name: "Preview an exception…" }).click();
      await page.getByLabel("Leave out events for which").fill('source.ip == "203.0.113.7"');
      await page.getByRole("button", { name: "Show", exact: true }).click();
      await page.locator(".preview .account").waitFor();
      assert.match(await page.locator(".preview .account").innerText(), /Alerts hidden\s*1 of 1\s*Events hidden\s*(\d+) of \1 that matched\s*Alerts left\s*0\s*[^]*(?:all \d+ still fire|its one still fires)/);

      // It is saved, stands with its rule, and is deleted.
      await page.getByLabel("Reason").fill("our own scanner");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      const list = page.getByRole("region", { name: "Exceptions" });
      await list.locator("li", { hasText: "our own scanner" }).waitFor();
      assert.match(await list.innerText(), /source\.ip == "203\.0\.113\.7".*by local /s);
      assert.doesNotMatch(await list.innerText(), /not in use/);
      assert.equal(await list.locator("li", { hasText: "our own scanner" }).count(), 1);
      assert.deepEqual(await offences(page), []);
      await list.getByRole("button", { name: "Delete…" }).click();
      await page.getByRole("button", { name: "Delete it" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await until("deleted", 30, async () => (await list.locator("li", { hasText: "our own scanner" }).count()) === 0);

      // The packs find it, too.
      await page.goto(base + "/?view=packs&tab=6");
      await page.getByRole("button", { name: "Run these" }).click();
      await page.locator(".packs .pair", { hasText: /./ }).first().waitFor();

      // An indicator that is added is found in what is stored.
      await page.goto(base + "/?view=rules&tab=indicators");
      await page.getByRole("button", { name: "Add the first" }).click();
      await page.getByLabel("Values").fill("203[.]0[.]113[.]7 # a friend told us");
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.locator("table.iocs", { hasText: "by-hand.txt" }).waitFor();
      await page.getByRole("region", { name: "Indicators that were seen" }).getByRole("link", { name: "203.0.113.7" }).waitFor({ timeout: 90_000 });
      assert.deepEqual(await offences(page), []);
      await page.getByRole("link", { name: "by-hand.txt" }).click();
      await page.locator("table.iocs").getByRole("link", { name: "seen 31×" }).waitFor();

      // The loss account closes.
      await page.goto(base + "/?view=sources");
      await page.locator(".account").waitFor();
      await until("all are stored", 30, async () => /Received\s*(\d+)\s*=\s*Stored\s*\1\s/.test(await page.locator(".account").innerText()));

      // What no parser reads is counted, and read again on demand.
      await send(["%%%% a device that speaks in tongues"]);
      await page.goto(base + "/?view=sources&tab=unparsed");
      await until("counted", 60, async () => (await page.reload(), await page.getByRole("heading", { name: /^\d+ events?$/ }).waitFor(), await page.getByRole("heading", { name: "1 event", exact: true }).count()) > 0);
      await page.getByRole("button", { name: "Read again" }).click();
      await page.locator(".job.done").getByText("0 of 1 changed").waitFor({ timeout: 60_000 });
      assert.deepEqual(await offences(page), []);
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

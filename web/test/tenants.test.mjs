// Two customers side by side: two users of two tenants on the same page with the same queries, and one who looks after both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { launch, offences, open } from "./browser.mjs";
import { product, send, skip, until } from "./product.mjs";

const password = "three plain words and more";

describe("two tenants", { skip }, () => {
  let it, browser;
  const pages = {};
  before(async () => {
    it = await product(2, ([a, b]) => `  tcp: [{name: ants, addr: "127.0.0.1:${a}", tenant: ants}, {name: bees, addr: "127.0.0.1:${b}", tenant: bees}]\n  agents: []\n`);
    browser = await launch();
  });
  after(async () => {
    for (const p of Object.values(pages)) await p.done();
    await browser?.close();
    await it?.stop();
  });

  /** lines are the same attack at both, but for the names, in which each tenant's mark stands. */
  const lines = (mark) => {
    const now = () => new Date().toISOString();
    return [
      ...Array.from({ length: 30 }, (_, i) => `<86>${now()} ${mark}-gate sshd[${4000 + i}]: Failed password for ${mark}-root from 203.0.113.7 port ${40000 + i} ssh2`),
      `<86>${now()} ${mark}-gate sshd[4999]: Accepted password for ${mark}-root from 203.0.113.7 port 41999 ssh2`,
    ];
  };
  const marks = { ants: "amsel", bees: "buche" };

  test("what is the other's is seen nowhere; who looks after both sees both, and whose it is", async () => {
    const ask = async (cookie, method, path, body) => {
      const res = await fetch(it.base + "/api/v1" + path, { method, headers: { "Content-Type": "application/json", ...(cookie ? { Cookie: cookie } : {}) }, body: body && JSON.stringify(body) });
      assert.ok(res.ok, `${method} ${path}: ${res.status} ${await res.clone().text()}`);
      return [res.headers.get("set-cookie")?.split(";")[0], await res.json()];
    };
    const [root] = await ask("", "POST", "/setup", { token: readFileSync(join(it.data, "query", "setup.token"), "utf8").trim(), user: "root", name: "Ruth", password });
    await ask(root, "POST", "/users", { user: "ada", password, role: "admin", tenants: ["ants"] });
    await ask(root, "POST", "/users", { user: "bob", password, role: "admin", tenants: ["bees"] });
    await ask(root, "POST", "/users", { user: "msp", password, role: "admin", tenants: ["ants", "bees"] });
    await Promise.all([send(it.ports[0], lines(marks.ants)), send(it.ports[1], lines(marks.bees))]);

    for (const user of ["ada", "bob", "msp"]) {
      const page = (pages[user] = await open(browser, it.base + "/", { acceptDownloads: true }));
      page.setDefaultTimeout(60_000);
      // All that the page is told, however it shows it.
      page.told = [];
      page.on("response", async (r) => r.url().includes("/api/v1/") && page.told.push(`${r.request().method()} ${r.url()} ${await r.text().catch(() => "")}`));
      await page.getByLabel("User").fill(user);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Log in" }).click();
    }
    const walk = async (page, own, name) => {
      const seen = [];
      const look = async (params, there) => {
        await page.goto(it.base + "/?" + new URLSearchParams(params));
        await page.locator(there).first().waitFor();
        seen.push(await page.locator("body").innerText());
      };
      await page.locator(".body .row").first().waitFor();
      await page.locator(".rail .alert").first().waitFor();
      seen.push(await page.locator("body").innerText());
      // An investigation and a saved hunt of their own, whose names the other must not see.
      await page.goto(it.base + "/?view=alerts");
      await page.locator("table.queue tbody a").first().click();
      await page.locator(".events tbody tr").first().waitFor();
      seen.push(await page.locator("body").innerText());
      await page.keyboard.press("p");
      await page.getByRole("textbox", { name: "Name" }).fill(`${name} case`);
      await page.getByRole("dialog").getByRole("button", { name: "Pin" }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.goto(it.base + "/?" + new URLSearchParams({ query: "event.outcome:failure" }));
      await page.locator(".body .row").first().waitFor();
      await page.getByRole("button", { name: "Saved" }).click();
      await page.getByRole("textbox", { name: "Name" }).fill(`${name} hunt`);
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await page.getByRole("button", { name: `${name} hunt`, exact: true }).waitFor();
      seen.push(await page.locator("body").innerText());
      await page.keyboard.press("Escape");
      // The very same queries of everybody, those that name the other among them.
      for (const query of ["", "event.outcome:failure", `user.name:${marks.ants}-root or user.name:${marks.bees}-root`, `${marks.ants} or ${marks.bees}`, 'tenant == "ants" or tenant == "bees"']) await look({ query, from: "-1h" }, ".body .row, .empty");
      await look({ query: "event.outcome:failure | count by user.name, host.name" }, ".counted tbody tr");
      await look({ view: "entity", kind: "ip", value: "203.0.113.7" }, ".listed");
      for (const m of Object.values(marks)) await look({ view: "entity", kind: "user", value: m + "-root" }, ".asks li");
      await look({ view: "alerts", tab: "incidents" }, "tbody tr");
      await look({ view: "sources" }, "tbody tr");
      await look({ view: "cases" }, ".lines-of li");
      await look({ view: "admin", tab: "audit" }, "tbody tr");
      await look({ view: "admin", tab: "users" }, "tbody tr");
      await page.goto(it.base + "/?query=");
      await page.locator(".body .row").first().waitFor();
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("radio", { name: /^NDJSON/ }).check();
      const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: "Export" }).click()]);
      const rows = readFileSync(await file.path(), "utf8").trimEnd().split("\n").map((l) => JSON.parse(l));
      await page.keyboard.press("Escape");
      assert.deepEqual([...new Set(rows.map((r) => r["host.name"]))].sort(), own.map((t) => `${marks[t]}-gate`), `the export of ${name}`);
      assert.equal(rows.length, 31 * own.length, `the export of ${name}`);
      return seen.join("\n");
    };
    const names = { ada: "amselfall", bob: "buchenfall", msp: "mspfall" };
    const [ada, bob] = await Promise.all([walk(pages.ada, ["ants"], names.ada), walk(pages.bob, ["bees"], names.bob)]);
    for (const [user, own, text, foreign] of [["ada", marks.ants, ada, ["bees", marks.bees, "bob", names.bob]], ["bob", marks.bees, bob, ["ants", marks.ants, "ada", names.ada]]]) {
      assert.ok(text.includes(`${own}-gate`) && text.includes(names[user]), `${user} does not see what is ${user}'s`);
      // Nothing that only the other has, in no answer and on no page: its host, what it made, its user.
      const secrets = [`${foreign[1]}-gate`, foreign[3], foreign[2]];
      for (const f of secrets) assert.ok(!new RegExp(`\\b${f}\\b`).test(text), `${user} sees ${f}`);
      for (const told of pages[user].told) {
        const [, url, ...rest] = told.split(" ");
        // The names in the queries are told back to who asked: by the parser, one's own history and audit, the other's page.
        const echo = /\/(query\/parse|query\/complete|history|audit|questions\/)/.test(url) || decodeURIComponent(url).includes(`${foreign[1]}-root`);
        for (const f of echo ? secrets : [...secrets, foreign[0], foreign[1]]) assert.ok(!new RegExp(`\\b${f}`).test(rest.join(" ")), `${user} was told of ${f}: ${told.slice(0, 400)}`);
      }
      const audit = pages[user].told.filter((t) => t.includes("/audit")).join("\n");
      assert.ok(audit.includes(`"user":"${user}"`), `${user}'s audit`);
      assert.ok(!audit.includes(`"user":"${user === "ada" ? "bob" : "ada"}"`), `${user} sees the other's audit`);
    }
    // Who looks after both sees both, and whose each is.
    const page = pages.msp;
    await page.goto(it.base + "/");
    await page.locator(".body .row").first().waitFor();
    await until("rows of both", 30, async () => new Set(await page.locator(".body .row .tenant").allInnerTexts()).size >= 1 && /of 62/.test(await page.locator(".status").innerText()) || /^62 events/.test(await page.locator(".status").innerText()));
    assert.equal(await page.getByRole("columnheader", { name: "Tenant" }).count(), 1);
    await page.goto(it.base + "/?query=" + encodeURIComponent("event.outcome:failure | count by tenant"));
    await page.locator(".counted tbody tr").nth(1).waitFor();
    assert.deepEqual((await page.locator(".counted tbody tr").allInnerTexts()).map((t) => t.replace(/\s+/g, " ").trim()).sort(), ["ants 30", "bees 30"]);
    await page.goto(it.base + "/?view=alerts");
    await page.locator("table.queue tbody tr").nth(1).waitFor();
    const queue = await page.locator("table.queue tbody").innerText();
    assert.ok(queue.includes("ants") && queue.includes("bees"), queue);
    assert.deepEqual(await offences(page), []);
    await page.goto(it.base + "/?view=cases");
    await page.getByRole("link", { name: "amselfall case" }).waitFor();
    await page.getByRole("link", { name: "buchenfall case" }).waitFor();
    // What is pinned goes to an investigation of its own tenant.
    await page.goto(it.base + "/?view=alerts");
    await page.locator("table.queue tbody tr", { hasText: "bees" }).first().locator("a").first().click();
    await page.locator(".events tbody tr").first().waitFor();
    await page.keyboard.press("p");
    const choice = page.getByRole("dialog").getByLabel("Investigation");
    await choice.locator("option").nth(1).waitFor({ state: "attached" }); // the list is fetched
    assert.deepEqual(await choice.locator("option").allInnerTexts(), ["buchenfall case · bees", "A new one"]);
    await choice.selectOption("");
    assert.equal(await page.getByRole("dialog").getByLabel("Tenant").inputValue(), "bees");
    await page.getByRole("textbox", { name: "Name" }).fill("mspfall case");
    await page.getByRole("dialog").getByRole("button", { name: "Pin" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await pages.bob.goto(it.base + "/?view=cases");
    await pages.bob.getByRole("link", { name: "mspfall case" }).waitFor();
    await pages.ada.goto(it.base + "/?view=cases");
    await pages.ada.getByRole("link", { name: "amselfall case" }).waitFor();
    assert.equal(await pages.ada.getByRole("link", { name: "mspfall case" }).count(), 0);
    for (const p of Object.values(pages)) assert.deepEqual(await p.faults(), []);
  });
});

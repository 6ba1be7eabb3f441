// Log-in by OpenID Connect, at a provider that others wrote (oidc-provider), in a real browser.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Provider from "oidc-provider";
import { launch, offences, open, skip as noBrowser } from "./browser.mjs";
import { free, product, skip as noProduct, until } from "./product.mjs";

const secret = "a secret of the client's, long enough";
const password = "three plain words, and more";
const groups = { ann: ["soc"], bob: ["kitchen"] };

describe("a provider", { skip: noBrowser || noProduct }, () => {
  let it, idp, browser;

  before(async () => {
    const [port] = await free(1);
    const issuer = `http://127.0.0.1:${port}`;
    it = await product(0, () => "  tcp: []\n  agents: []\n", (page, dir) => {
      writeFileSync(join(dir, "client.secret"), secret, { mode: 0o600 });
      return `  oidc:
    issuer: ${issuer}
    name: Example Login
    page: http://127.0.0.1:${page}
    client_id: watchpost
    client_secret_file: ${dir}/client.secret
    scopes: [openid, profile, groups]
    groups: [{group: soc, role: analyst, tenants: [default]}]
    logout: true
    session: 8h
    only: true
    break_glass: glass
`;
    });
    const provider = new Provider(issuer, {
      clients: [{ client_id: "watchpost", client_secret: secret, redirect_uris: [it.base + "/api/v1/session/oidc"], post_logout_redirect_uris: [it.base + "/"], response_types: ["code"], grant_types: ["authorization_code"] }],
      claims: { openid: ["sub"], profile: ["name", "preferred_username"], groups: ["groups"] },
      pkce: { required: () => true },
      cookies: { keys: ["of the test"] },
      findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id, name: `${id} of the test`, groups: groups[id] }) }),
    });
    idp = createServer(provider.callback()).listen(port, "127.0.0.1");
    const token = readFileSync(join(it.data, "query/setup.token"), "utf8").trim();
    const setup = (user) => fetch(it.base + "/api/v1/setup", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token, user, name: "", password }) });
    assert.equal((await setup("root")).status, 400);
    assert.equal((await setup("glass")).status, 200);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    idp?.closeAllConnections();
    idp?.close();
    await it?.stop();
  });

  /** signIn goes to the provider and logs in there as somebody. */
  async function signIn(page, who) {
    await page.getByRole("button", { name: "Sign in with Example Login" }).click();
    await page.locator("input[name=login]").fill(who);
    await page.locator("input[name=password]").fill("anything");
    await page.locator("button[type=submit]").click();
    await page.getByRole("button", { name: "Continue" }).click();
  }

  test("who is in a mapped group is in, where it wanted to go, and out at once on log-out", async () => {
    const page = await open(browser, it.base + "/?view=alerts");
    page.setDefaultTimeout(30_000);
    try {
      await page.getByRole("button", { name: "Sign in with Example Login" }).waitFor();
      assert.equal(await page.getByRole("textbox", { name: "User" }).isVisible(), false); // folded: for an emergency
      assert.deepEqual(await offences(page), []);
      await signIn(page, "ann");
      await page.waitForURL(it.base + "/?view=alerts**");
      const session = await page.evaluate(() => fetch("/api/v1/session").then((r) => r.json()));
      assert.deepEqual([session.user, session.name, session.role, session.tenants], ["ann", "ann of the test", "analyst", ["default"]]);
      const cookies = (await page.context().cookies(it.base)).filter((c) => c.name.includes("watchpost"));
      assert.deepEqual(cookies.map((c) => [c.name, c.httpOnly, c.sameSite]), [["watchpost", true, "Strict"]]);
      await page.getByRole("button", { name: "ann", exact: true }).click();
      await page.getByText("Your password and your second factor are where you signed in").waitFor();
      assert.equal(await page.locator("dialog input").count(), 0);
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByRole("button", { name: "Yes, sign me out" }).click(); // of the provider
      await page.waitForURL(it.base + "/");
      await page.context().addCookies(cookies); // kept by somebody
      assert.equal(await page.evaluate(() => fetch("/api/v1/session").then((r) => r.status)), 401);
      await page.getByRole("button", { name: "Sign in with Example Login" }).click();
      await page.locator("input[name=login]").waitFor(); // the provider does not know her any more either
    } finally {
      await page.done();
    }
  });

  test("who is in none is told so, and the code that was used is not good again", async () => {
    const page = await open(browser, it.base + "/");
    page.setDefaultTimeout(30_000);
    let back;
    page.on("request", (r) => { if (r.url().startsWith(it.base + "/api/v1/session/oidc?")) back = r.url(); });
    try {
      await signIn(page, "bob");
      await page.getByRole("heading", { name: "You have no access yet" }).waitFor();
      assert.match(await page.locator("main").innerText(), /Example Login knows you as bob/);
      assert.deepEqual(await offences(page), []);
      assert.deepEqual((await page.faults()).filter((f) => !f.startsWith("request:")), []);
      await page.goto(back);
      await page.getByRole("heading", { name: "This log-in cannot be finished" }).waitFor();
      await page.getByRole("link", { name: "Back to the log-in" }).click();
      await page.getByText("Emergency access").click();
      await page.getByRole("textbox", { name: "User" }).fill("glass");
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Log in" }).click();
      const entries = await until("the account of it", 20, async () => {
        const { entries } = await page.evaluate(() => fetch("/api/v1/audit?from=-1h&action=login").then((r) => (r.ok ? r.json() : { entries: [] })));
        return entries.some((e) => e.user === "glass") && entries;
      });
      const said = entries.map((e) => `${e.outcome} ${e.user} ${JSON.stringify(e.fields)}`).join("\n");
      assert.match(said, /ok ann \{.*"by":"oidc"/);
      assert.match(said, /denied  \{.*none of the groups/);
      assert.match(said, /ok glass/);
    } finally {
      await page.done();
    }
  });
});

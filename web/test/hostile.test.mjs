// Log text is hostile: whatever stands in it, in any field, stays text.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launch, open, skip } from "./browser.mjs";
import { desk, dictionary, fake } from "./fake.mjs";

const hit = "window.__pwned=1";
const uri = `javascript:${hit}`;
/** corpus is markup, script, template, style and address injection in the shapes that have got through elsewhere. */
export const corpus = [
  `<script>${hit}</script>`, `<ScRiPt>${hit}</sCrIpT>`, `<script src="data:text/javascript,${hit}"></script>`, `<script/x>${hit}</script>`, `<script\n>${hit}</script\n>`,
  `"><script>${hit}</script>`, `'><script>${hit}</script>`, `</script><script>${hit}</script>`, `</title><script>${hit}</script>`, `</style><script>${hit}</script>`,
  `</textarea><script>${hit}</script>`, `</noscript><script>${hit}</script>`, `--><script>${hit}</script>`, `]]><script>${hit}</script>`, `<<script>${hit}//<</script>`,
  `<img src=x onerror=${hit}>`, `<img src=x onerror="${hit}"//`, `"><img src=x onerror=${hit}>`, `' onerror='${hit}`, `<img/src='x'/onerror='${hit}'>`, `<image src=x onerror=${hit}>`,
  `<img src onerror=${hit}>`, `<img srcset=x onerror=${hit}>`, `<img src=x:x onerror=${hit}>`, `<IMG SRC="${uri}">`, `<img \x00src=x onerror=${hit}>`,
  `<svg onload=${hit}>`, `<svg/onload=${hit}>`, `<svg><script>${hit}</script></svg>`, `<svg><animate onbegin=${hit} attributeName=x dur=1s>`, `<svg><a href="${uri}"><text>x</text></a></svg>`,
  `<svg><set attributeName=href to="${uri}">`, `<svg><use href="data:image/svg+xml,<svg id=x onload=${hit}>#x">`, `<svg><foreignObject><script>${hit}</script></foreignObject></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${hit}&gt;">`, `<math href="${uri}">x</math>`,
  `<iframe src="${uri}"></iframe>`, `<iframe srcdoc="<script>parent.__pwned=1</script>"></iframe>`, `<iframe onload=${hit}></iframe>`, `<frameset onload=${hit}>`, `<object data="${uri}"></object>`,
  `<object data="data:text/html,<script>parent.__pwned=1</script>">`, `<embed src="${uri}">`, `<applet onerror=${hit}>`, `<portal src="${uri}" onload=${hit}>`,
  `<body onload=${hit}>`, `<body onpageshow=${hit}>`, `<input autofocus onfocus=${hit}>`, `<select autofocus onfocus=${hit}>`, `<textarea autofocus onfocus=${hit}>`, `<keygen autofocus onfocus=${hit}>`,
  `<details open ontoggle=${hit}>`, `<marquee onstart=${hit}>`, `<video><source onerror=${hit}></video>`, `<video src=x onerror=${hit}>`, `<audio src=x onerror=${hit}>`, `<div onmouseover=${hit} style="position:fixed;inset:0">x</div>`,
  `<x onclick=${hit}>x</x>`, `<p style="animation:x" onanimationstart=${hit}>`, `<style>@keyframes x{}</style><b style="animation-name:x" onanimationstart=${hit}>`,
  `<button formaction="${uri}">x</button>`, `<form action="${uri}"><input type=submit>`, `<isindex action="${uri}" type=image>`, `<base href="${uri}//">`, `<meta http-equiv=refresh content="0;${uri}">`,
  `<meta http-equiv=refresh content="0;url=data:text/html,<script>opener.__pwned=1</script>">`, `<link rel=stylesheet href="data:text/css,*{color:red}">`, `<link rel=import href="data:text/html,<script>${hit}</script>">`, `<style>*{background:url("${uri}")}</style>`,
  `<a href="${uri}">x</a>`, `<a href="java\tscript:${hit}">x</a>`, `<a href="&#106;avascript:${hit}">x</a>`, `${uri}`, `data:text/html,<script>opener.__pwned=1</script>`, `vbscript:${hit}`,
  `<template><script>${hit}</script></template>`, `<xmp><script>${hit}</script></xmp>`, `<plaintext><script>${hit}</script>`, `<noembed><img src=x onerror=${hit}></noembed>`,
  `&lt;script&gt;${hit}&lt;/script&gt;`, `%3Cscript%3E${hit}%3C/script%3E`, `\\u003cscript\\u003e${hit}\\u003c/script\\u003e`, `+ADw-script+AD4-${hit}+ADw-/script+AD4-`, `＜script＞${hit}＜/script＞`,
  `{{constructor.constructor('${hit}')()}}`, `\${${hit}}`, `<%= ${hit} %>`, `#{${hit}}`, `{"__html":"<img src=x onerror=${hit}>"}`, `";${hit};//`, `');${hit};//`, `\`;${hit};//`, `*/${hit}/*`, `\u2028${hit}\u2029`,
  `\u001b]8;;${uri}\u0007click\u001b]8;;\u0007`, `\u202e>tpircs/<1=denwp__.wodniw>tpircs<`, `=cmd|' /C calc'!A1`, `__proto__`, `constructor`,
];

/** world puts each of some payloads into everything the server can send: a row and an alert for each. */
function world(payloads) {
  const now = Date.now();
  const at = (s) => new Date(now - s * 1000).toISOString();
  const row = (p, i) => {
    const event = Object.fromEntries(dictionary.map((f) => [f.name, f.array ? [p, p] : p]));
    const out = { ...event, "@timestamp": at(i), labels: { [p]: p, plain: p }, nested: { [p]: [p] } };
    return Object.defineProperty(out, p, { value: p, enumerable: true, configurable: true });
  };
  const alert = (p) => ({
    "alert.id": p, "rule.id": p, "rule.name": p, "rule.level": p, "event.severity": p, "event.start": at(9), "event.end": at(5), "@timestamp": at(4), count: 3, tenant: p,
    group: { "source.ip": p, [p]: p }, "event.ids": [p], revision: 1, "threat.technique.id": [p], "rule.query": p,
  });
  return {
    events: [...payloads.map(row), { ...row(payloads[0], 0), "event.id": "no time", "@timestamp": payloads[0] }],
    alerts: [...payloads.map(alert), { ...alert(payloads[0]), "alert.id": "no time", "event.start": payloads[0], "event.end": payloads[0], count: payloads[0] }],
    fields: [...dictionary.map((f, i) => ({ ...f, description: payloads[i % payloads.length] })), ...payloads.map((p) => ({ name: p, type: p, description: p }))],
  };
}

describe("hostile", { skip, concurrency: 2 }, () => {
  let browser;
  before(async () => void (browser = await launch()));
  after(() => browser?.close());

  for (const csp of [true, false]) {
    test(`${corpus.length} payloads in every field stay text, policy ${csp ? "on" : "off"}`, async () => {
      const server = await fake({ events: [], alerts: [], csp });
      const page = await open(browser, server.url + "/");
      /** shown asserts that the page holds nothing but what we wrote. */
      const shown = async (payload, where) => {
        const found = await page.evaluate(() => ({
          pwned: window.__pwned,
          title: document.title,
          alien: [...document.querySelectorAll("script:not([src^='/assets/']), iframe, object, embed, base, meta[http-equiv], style, link:not([href^='/']), img:not([src='/favicon.svg']), form[action], video, audio, math, use, foreignObject, animate, set, [onload], [onerror], [onfocus], a:not([href^='/']), x")]
            // What the page itself loads later is announced to the browser by such links.
            .filter((e) => !(e.rel === "modulepreload" && e.href.startsWith(location.origin + "/assets/")))
            .map((e) => e.outerHTML.slice(0, 200)),
        }));
        assert.deepEqual(found, { pwned: undefined, title: found.title, alien: [] }, `${where}: ${payload}`);
        assert.match(found.title, /^(Hunt|Alerts) · Watchpost$/);
      };
      // As the back button goes: without loading the page again, which is where the time would go.
      const go = (params) =>
        page.evaluate(async (to) => {
          history.pushState(null, "", to);
          dispatchEvent(new PopStateEvent("popstate"));
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
        }, "/?" + new URLSearchParams(params));
      const press = (selector) => page.locator(selector).first().dispatchEvent("click");
      for (let i = 0; i < corpus.length; i += 10) {
        const some = corpus.slice(i, i + 10);
        Object.assign(server.world, world(some));
        await page.goto(server.url + "/?selected=" + encodeURIComponent(some[0]));
        await page.locator(".event .raw").waitFor();
        await press(".field");
        await page.locator(".top li").first().waitFor();
        await page.locator(".body .row .message").last().hover();
        for (const p of some) {
          await go({ selected: p });
          await page.locator(".event .raw").waitFor();
          assert.equal((await page.locator(".event dl").count()) > 0, true);
          await shown(p, "event");
        }
        await press(".event .tools button:nth-child(2)");
        await page.locator(".json").waitFor();
        await shown(some.join("\n"), "JSON");
        await go({ view: "alerts" });
        await page.locator("tbody tr").nth(some.length).waitFor();
        await shown(some.join("\n"), "alerts");
        for (const p of some) {
          await go({ query: p, from: p, to: p, since: p, selected: p });
          await page.locator(".refusal, .empty.wide, .body .row").first().waitFor();
          await shown(p, "address");
        }
      }
      assert.deepEqual(await page.faults(), []);
      await page.done();
      await server.close();
    });
  }

  for (const csp of [true, false]) {
    test(`payloads in every answer of the other views stay text, policy ${csp ? "on" : "off"}`, async () => {
      const server = await fake({ events: [], alerts: [], csp });
      const page = await open(browser, server.url + "/");
      try {
      const go = (params) =>
        page.evaluate(async (to) => {
          history.pushState(null, "", to);
          dispatchEvent(new PopStateEvent("popstate"));
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
        }, "/?" + new URLSearchParams(params));
      // One of each kind that the whole corpus, which the views of events and alerts go through, tells apart.
      const some = [`"><script>${hit}</script></title><svg onload=${hit}><img src=x onerror=${hit}>`, uri, `\u202e{{constructor.constructor('${hit}')()}}\u001b[31m`];
      for (const text of some) {
        Object.assign(server.world, world([text]), { answers: desk({ text }), rules: [{ id: text, name: text, level: text, mode: text, enabled: true, hash: text, file: text, window: text, techniques: [text], exceptions: [{ match: text, owner: text, reason: text, expired: true }], alerts: 1, last_alert: text, work: { matches: 1, errors: 1, evaluations: 1, microseconds: 1, off: text } }] });
        await page.goto(server.url + "/?view=alerts");
        const views = [
          [{ view: "alerts" }, "tbody tr"], [{ view: "alerts", id: "a1" }, ".why details"], [{ view: "alerts", tab: "incidents" }, "tbody tr"], [{ view: "alerts", tab: "coverage" }, ".matrix li"],
          [{ view: "entity", kind: "ip", value: text }, ".listed"], [{ view: "entity" }, ".cloud"], [{ view: "packs" }, ".packs .param"], [{ view: "packs", tab: "scheduled" }, ".packs .pair"], [{ view: "sources", tab: "unparsed" }, "tbody tr"], [{ view: "rules", tab: "indicators" }, ".iocs tbody tr"], [{ view: "rules", tab: "indicators", id: text }, ".iocs tbody tr"], [{ view: "cases" }, ".lines-of li"], [{ view: "cases", id: "c1" }, ".timeline li"],
          [{ view: "sources" }, "tbody tr"], [{ view: "sources", tab: "quarantine" }, "tbody tr"], [{ view: "rules" }, "tbody tr"], [{ view: "rules", id: text }, ".backtest"],
          [{ view: "admin", tab: "users" }, "tbody tr"], [{ view: "admin", tab: "tokens" }, "tbody tr"], [{ view: "admin", tab: "audit" }, "tbody tr"],
          [{ query: `message == "x" | count by source.ip` }, ".counted tbody tr"], [{ tab: "sql", value: text }, ".counted tbody tr"],
        ];
        for (const [params, there] of views) {
          await go(params);
          await page.locator(there).first().waitFor({ state: "attached" });
          await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
          if (params.view === "rules" && params.id && !params.tab) {
            await page.getByRole("button", { name: "Run" }).click();
            await page.locator(".days").waitFor();
            await page.getByRole("button", { name: "Preview an exception…" }).click();
            await page.getByLabel("Leave out events for which").fill("true");
            await page.getByRole("button", { name: "Show", exact: true }).click();
            await page.locator(".preview").waitFor();
          }
          if (params.view === "packs" && !params.tab) {
            await page.getByRole("button", { name: "Run all" }).click();
            await page.getByText("1,234").waitFor();
          }
          const found = await page.evaluate(() => ({
            pwned: window.__pwned,
            alien: [...document.querySelectorAll("script:not([src^='/assets/']), iframe, object, embed, base, meta[http-equiv], style, img:not([src='/favicon.svg']), form[action], video, math, use, animate, [onload], [onerror], [onfocus], a:not([href^='/'])")].map((e) => e.outerHTML.slice(0, 200)),
            bare: /.{0,40}[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/.exec(document.querySelector("main").innerText)?.[0],
          }));
          assert.deepEqual(found, { pwned: undefined, alien: [], bare: undefined }, `${JSON.stringify(params)}: ${text}`);
        }
      }
      assert.deepEqual(await page.faults(), []);
      } finally {
        await page.done();
        await server.close();
      }
    });
  }

  test("control, ANSI and bidi characters are drawn as tokens", async () => {
    const bad = "\u001b[31mred\u0000\u202egpj.exe\u2066\u200b\nnext\u009b2J";
    const w = world([bad]);
    const server = await fake(w);
    const page = await open(browser, server.url + "/?selected=" + encodeURIComponent(bad));
    const want = ["ESC[31m", "NUL", "RLO", "LRI", "ZWSP", "LF", "CSI2J"];
    await page.locator(".event .raw").waitFor();
    assert.deepEqual(await page.locator(".body .row .message").first().locator(".mark").allInnerTexts(), want);
    assert.deepEqual(await page.locator(".event .raw .mark").allInnerTexts(), want);
    // The JSON view escapes C0 by itself; nothing may stand in any text or attribute of the page but tokens.
    await page.locator(".event .tools").getByText("JSON", { exact: true }).click();
    await page.locator(".field").nth(1).click();
    await page.locator(".top li").first().waitFor();
    const bare = await page.evaluate(() => {
      const bad = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/;
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      const out = [];
      for (let n = walk.nextNode(); n; n = walk.nextNode()) {
        if (n.nodeType === Node.TEXT_NODE && bad.test(n.data)) out.push(n.data);
        if (n.nodeType === Node.ELEMENT_NODE) for (const a of n.attributes) if (bad.test(a.value)) out.push(`${n.tagName} ${a.name}=${a.value}`);
      }
      return out;
    });
    assert.deepEqual(bare, []);
    assert.deepEqual(await page.faults(), []);
    await page.done();
    await server.close();
  });
});

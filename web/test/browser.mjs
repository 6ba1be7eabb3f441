// A real Chromium for the tests, and what every page of it is watched for.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const path = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((p) => p && existsSync(p));
if (!path && process.env.CI === "true") throw new Error("no chromium (Debian package chromium, or set CHROMIUM=/path); CI does not skip");

/** skip is false, or why the browser tests cannot run here. */
export const skip = path ? false : "no chromium: install the Debian package, or set CHROMIUM=/path/to/chromium";

/** patience is how many times as long as usual tests wait: PATIENCE=5 where the machine does much else. */
export const patience = Number(process.env.PATIENCE ?? 1);

export const launch = () => chromium.launch({ executablePath: path, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });

/**
 * open returns a page whose faults are collected: script errors, console errors, policy violations, dialogs,
 * and requests to anything but the server under test.
 */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, timezoneId: "Europe/Berlin", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000 * patience);
  const faults = [];
  page.on("pageerror", (e) => faults.push(`script: ${e.message}`));
  page.on("console", (m) => m.type() === "error" && !/Failed to load resource/.test(m.text()) && faults.push(`console: ${m.text()}`));
  page.on("dialog", (d) => (faults.push(`dialog: ${d.message()}`), d.dismiss()));
  page.on("request", (r) => !r.url().startsWith(new URL(url).origin + "/") && !r.url().startsWith("data:") && faults.push(`request: ${r.url()}`));
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  await page.goto(url);
  return Object.assign(page, {
    faults: async () => [...faults, ...(await page.evaluate(() => window.violations)).map((v) => `policy: ${v}`)],
    done: () => context.close(),
  });
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** offences returns what axe finds that is serious or critical. */
export async function offences(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join(" | ")}`);
}

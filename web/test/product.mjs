// The product itself, with its own Kafka and engine, for tests that walk through it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { skip as noBrowser } from "./browser.mjs";

const binary = fileURLToPath(new URL("../../bin/watchpost", import.meta.url));
const missing = [!existsSync(binary) && "bin/watchpost (make build)", !existsSync(process.env.WATCHPOST_CHDB ?? "") && "WATCHPOST_CHDB, the engine's library (deploy/engine/fetch)"].filter(Boolean);
if (missing.length > 0 && process.env.CI === "true") throw new Error(`missing: ${missing.join(", ")}; CI does not skip`);

/** skip is false, or why the product cannot run here. */
export const skip = noBrowser || (missing.length > 0 && `missing: ${missing.join(", ")}`);

/** free returns ports of loopback that nobody listens on now. */
export async function free(n) {
  const servers = await Promise.all(Array.from({ length: n }, () => new Promise((ok) => { const s = createServer().listen(0, "127.0.0.1", () => ok(s)); })));
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((ok) => s.close(ok))));
  return ports;
}

/** until polls for something that comes within so many seconds. */
export async function until(what, seconds, holds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const got = await holds();
    if (got) return got;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await new Promise((ok) => setTimeout(ok, 100));
  }
}

/**
 * product runs the product with some listeners: inputs(ports) returns what stands below `listen`, of as many ports as are asked for.
 * query(page, dir) gives further lines of the section query, by the port of the page and the folder of the configuration. It returns
 * where the page is, the ports, the data folder, and stop().
 */
export async function product(n, inputs, query = () => "") {
  const dir = mkdtempSync(join(tmpdir(), "watchpost-page-"));
  const [page, kafka, ...ports] = await free(2 + n);
  const base = `http://127.0.0.1:${page}`;
  writeFileSync(join(dir, "watchpost.yaml"), `data: ${dir}/data\nlisten:\n  udp: []\n${inputs(ports)}query:\n  addr: "127.0.0.1:${page}"\n${query(page, dir)}embedded: {kafka: "127.0.0.1:${kafka}"}\nlog: {level: warn}\n`);
  writeFileSync(join(dir, "log"), "");
  const said = () => readFileSync(join(dir, "log"), "utf8");
  const run = spawn("sh", ["-c", `exec "${binary}" run -config "${dir}/watchpost.yaml" >"${dir}/log" 2>&1`], { stdio: "ignore" });
  const stop = async () => {
    if (run.exitCode === null) {
      const gone = new Promise((ok) => run.on("exit", ok));
      run.kill("SIGTERM");
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await until("ready", 120, async () => {
      assert.equal(run.exitCode, null, said());
      return fetch(base + "/readyz").then((r) => r.ok, () => false);
    });
  } catch (err) {
    const told = said();
    await stop();
    throw new Error(`${err.message}; it said:\n${told}`);
  }
  return { base, ports, data: join(dir, "data"), stop };
}

/** send sends lines as syslog over TCP and returns when they are written. */
export const send = (port, lines) =>
  new Promise((ok, fail) => {
    const c = connect(port, "127.0.0.1", () => c.end(lines.map((l) => l + "\n").join("")));
    c.on("close", ok).on("error", fail);
  });

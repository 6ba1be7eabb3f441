// The product itself for the tests: its own Kafka and engine, on ports of loopback that nobody uses.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const binary = fileURLToPath(new URL("../../bin/watchpost", import.meta.url));
const missing = [!existsSync(binary) && "bin/watchpost (make build)", !existsSync(process.env.WATCHPOST_CHDB ?? "") && "WATCHPOST_CHDB, the engine's library (deploy/engine/fetch)"].filter(Boolean);
if (missing.length > 0 && process.env.CI === "true") throw new Error(`missing: ${missing.join(", ")}; CI does not skip`);

/** skip is false, or why the product cannot run here. */
export const skip = missing.length > 0 && `missing: ${missing.join(", ")}`;

/** free returns ports of loopback that nobody listens on now. */
export async function free(n) {
  const servers = await Promise.all(Array.from({ length: n }, () => new Promise((ok) => { const s = createServer().listen(0, "127.0.0.1", () => ok(s)); })));
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((ok) => s.close(ok))));
  return ports;
}

/** until waits for what holds gives to be true, and returns it. */
export async function until(what, seconds, holds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const got = await holds();
    if (got) return got;
    assert.ok(Date.now() < end, `not within ${seconds} s: ${what}`);
    await new Promise((ok) => setTimeout(ok, 100));
  }
}

/** start runs the product. query(page) gives further lines of the configuration's section query, for the port of the page. */
export async function start(query = () => "") {
  const dir = mkdtempSync(join(tmpdir(), "watchpost-page-"));
  const [page, tcp, kafka] = await free(3);
  const base = `http://127.0.0.1:${page}`;
  writeFileSync(join(dir, "watchpost.yaml"), `data: ${dir}/data\nlisten:\n  udp: []\n  tcp: [{addr: "127.0.0.1:${tcp}"}]\n  agents: []\nquery:\n  addr: "127.0.0.1:${page}"\n${query(page, dir)}\nembedded: {kafka: "127.0.0.1:${kafka}"}\nlog: {level: warn}\n`);
  writeFileSync(join(dir, "log"), "");
  const said = () => readFileSync(join(dir, "log"), "utf8");
  const run = spawn("sh", ["-c", `exec "${binary}" run -config "${dir}/watchpost.yaml" >"${dir}/log" 2>&1`], { stdio: "ignore" });
  await until(`ready; it said:\n${said()}`, 90, async () => {
    assert.equal(run.exitCode, null, said());
    return fetch(base + "/readyz").then((r) => r.ok, () => false);
  });
  const stop = async () => {
    if (run.exitCode === null) {
      const gone = new Promise((ok) => run.on("exit", ok));
      run.kill("SIGTERM");
      await gone;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  return { base, dir, syslog: tcp, said, stop };
}

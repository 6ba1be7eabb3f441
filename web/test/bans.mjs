// Fails where the sources could turn log text into markup, script or a request to elsewhere.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const banned = /innerHTML|outerHTML|insertAdjacentHTML|srcdoc|createContextualFragment|document\.write|DOMParser|javascript:|\beval\(|new Function|setAttribute\(|window\.open/;
// The name spaces of SVG and MathML are addresses that nothing fetches; .invalid and loopback are texts of the page.
const allowed = /^https?:\/\/(www\.w3\.org\/)/;
let faults = 0;
const fault = (what) => (console.error(what), faults++);

for (const name of readdirSync(root + "src")) {
  readFileSync(root + "src/" + name, "utf8").split("\n").forEach((line, i) => {
    const m = banned.exec(line);
    if (m) fault(`src/${name}:${i + 1}: ${m[0]} is banned: log text reaches the page by text nodes only`);
  });
}
for (const name of ["index.html", ...readdirSync(root + "dist/assets").map((n) => "assets/" + n)]) {
  const text = readFileSync(root + "dist/" + name, "utf8");
  for (const [url] of text.matchAll(/https?:\/\/[^\s"'`)]*/g)) if (!allowed.test(url)) fault(`dist/${name}: names ${url}`);
  if (name === "index.html" && /<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/.test(text)) fault(`dist/${name}: inline script or style`);
}
for (const [, url] of readFileSync(root + "package-lock.json", "utf8").matchAll(/"resolved": "([^"]*)"/g)) fault(`package-lock.json: names ${url}`);
process.exit(faults === 0 ? 0 : 1);

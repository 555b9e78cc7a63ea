/** Fails when what was built is larger than it may be. Without a build there is nothing to weigh. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BUILT } from "./built.mjs";

const KB = 1000;

if (!existsSync(join(BUILT, "index.html"))) {
  console.log("sizes: not built, so not weighed");
  process.exit(0);
}

const files = readdirSync(BUILT, { recursive: true }).filter((name) => statSync(join(BUILT, name)).isFile());
const sizeOf = (names) => names.reduce((sum, name) => sum + statSync(join(BUILT, name)).size, 0);
const packed = files.filter((name) => name.endsWith(".gz"));
const manifest = JSON.parse(readFileSync(join(BUILT, "manifest.json"), "utf-8"));

/** What a screen is by itself, without what other screens have loaded too. */
function own(source) {
  return sizeOf([`${manifest[source].file}.gz`]);
}

/** The chunks that a page needs before it shows: the entry, the screen, and what they import. */
function needed(...sources) {
  const found = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`the build has no chunk of ${key}`);
    if (found.has(chunk.file)) return;
    found.add(chunk.file);
    chunk.imports?.forEach(visit);
  };
  sources.forEach(visit);
  return [...found].filter((name) => name.endsWith(".js")).map((name) => `${name}.gz`);
}

const weights = [
  ["JavaScript of the first flow screen, gzipped", sizeOf(needed("index.html", "src/flows/screen.tsx")), 320 * KB],
  ["JavaScript of the endpoints' screen alone, gzipped", own("src/endpoints/screen.tsx"), 40 * KB],
  ["JavaScript of the traces' screen alone, gzipped", own("src/traces/screen.tsx"), 40 * KB],
  ["JavaScript of the logs' screen alone, gzipped", own("src/logs/screen.tsx"), 40 * KB],
  ["JavaScript of the state's screen alone, gzipped", own("src/stored/state-screen.tsx"), 40 * KB],
  ["JavaScript of the streams' screen alone, gzipped", own("src/stored/streams-screen.tsx"), 40 * KB],
  ["JavaScript of the problems' screen alone, gzipped", own("src/problems/screen.tsx"), 40 * KB],
  ["all that a browser can load, gzipped", sizeOf(packed), 560 * KB],
  ["all files in the wheel", sizeOf(files), 1600 * KB],
];

for (const [what, bytes, limit] of weights) {
  console.log(`sizes: ${(bytes / KB).toFixed(1)} kB of ${limit / KB} kB: ${what}`);
  if (bytes > limit) process.exitCode = 1;
}
if (process.exitCode === 1) console.error("sizes: too large");

/** Puts a .gz beside each built file that is worth it: the server sends that to whoever takes it. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BUILT } from "./built.mjs";

const LEAST_BYTES = 1024;

for (const name of readdirSync(BUILT, { recursive: true })) {
  if (!/\.(js|css|html|svg)$/.test(name)) continue;
  const content = readFileSync(join(BUILT, name));
  if (content.length >= LEAST_BYTES) writeFileSync(join(BUILT, `${name}.gz`), gzipSync(content, { level: 9 }));
}

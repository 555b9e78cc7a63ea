/** Packs the built assets: only packed they are in the wheel, and the server sends them as they are. */

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { BUILT } from "./built.mjs";

const assets = join(BUILT, "assets");

for (const name of readdirSync(assets)) {
  writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
  rmSync(join(assets, name));
}

/**
 * Writes src/api/types.ts from contract.json, in which the server describes its API.
 * With --check it only compares, and fails when they differ.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { typesOf } from "./typescript-of.mjs";

const app = resolve(import.meta.dirname, "..");
const file = resolve(app, "src/api/types.ts");
const made = typesOf(JSON.parse(readFileSync(resolve(app, "contract.json"), "utf-8")));

if (!process.argv.includes("--check")) {
  writeFileSync(file, made);
} else if (readFileSync(file, "utf-8") !== made) {
  console.error("src/api/types.ts is not what contract.json says: run `npm run types` in workbench/app");
  process.exit(1);
}

/** What docs/reference/client.md shows compiles, and it leaves nothing out. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import * as client from "../src/index.js";
import { settingsOf } from "../src/options.js";
import * as react from "../src/react.js";

const HERE = resolve(import.meta.dirname, "..");
const PAGE = readFileSync(resolve(HERE, "../../docs/reference/client.md"), "utf8");
const NAMED = new Set(Array.from(PAGE.matchAll(/`(\w+)/g), ([, name]) => name));

test("every block of TypeScript compiles as it stands", () => {
  const folder = mkdtempSync(join(HERE, "../node_modules/.docs-"));
  const blocks = Array.from(PAGE.matchAll(/```(tsx?)\n([\s\S]*?)```/g));
  try {
    mkdirSync(join(folder, "blocks"));
    blocks.forEach(([, kind, text], at) => writeFileSync(join(folder, "blocks", `${at}.${kind}`), `${text}\nexport {};\n`));
    const paths = { "motia-stream": [join(HERE, "src/index.ts")], "motia-stream/react": [join(HERE, "src/react.tsx")] };
    const config = { extends: join(HERE, "tsconfig.json"), compilerOptions: { paths }, include: ["blocks"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const tsc = resolve(HERE, "../node_modules/.bin/tsc");
    const done = spawnSync(tsc, ["--noEmit", "-p", folder], { encoding: "utf8" });

    expect(blocks.length).toBeGreaterThan(3);
    expect(done.stdout).toBe("");
    expect(done.status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("every name that can be imported is there", () => {
  expect([...Object.keys(client), ...Object.keys(react)].filter((name) => !NAMED.has(name))).toEqual([]);
});

test("every option of connect() is there, and every member of what it gives", () => {
  const { access: _, ...options } = settingsOf({});
  const connection = client.connect("http://localhost");
  const members = [connection, connection.subscribe("s", "g"), client.createChat({ via: "plain", url: "/", server: "http://x" })]
    .flatMap((object) => [...Object.keys(object), ...Object.getOwnPropertyNames(Object.getPrototypeOf(object))])
    // For the connection only.
    .filter((name) => !["constructor", "access", "show", "tell"].includes(name));
  connection.close();

  expect([...Object.keys(options), ...members].filter((name) => !NAMED.has(name))).toEqual([]);
});

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { typesOf } from "../scripts/typescript-of.mjs";

const app = resolve(import.meta.dirname, "..");

test("the types are those that the contract says", () => {
  const contract = JSON.parse(readFileSync(resolve(app, "contract.json"), "utf-8")) as object;

  expect(readFileSync(resolve(app, "src/api/types.ts"), "utf-8")).toBe(typesOf(contract));
});

test("a model becomes an interface", () => {
  const properties = {
    at: { type: "number" },
    names: { type: "array", items: { anyOf: [{ type: "string" }, { type: "null" }] } },
    of: { type: "object", propertyNames: { enum: ["a", "b"] }, additionalProperties: { $ref: "#/$defs/Other" } },
    any: {},
  };
  const types = typesOf({ $defs: { One: { description: "Of one.", properties, required: ["at"] } } });

  expect(types).toContain("/** Of one. */\nexport interface One {\n  readonly at: number;");
  expect(types).toContain("readonly names?: readonly (string | null)[];");
  expect(types).toContain('readonly of?: Readonly<Partial<Record<"a" | "b", Other>>>;');
  expect(types).toContain("readonly any?: unknown;");
});

test("a kind of schema that is not known stops the build", () => {
  expect(() => typesOf({ $defs: { One: { type: "tuple" } } })).toThrow("not known here");
});

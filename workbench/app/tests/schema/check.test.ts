import Ajv2020 from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fits, problemsOf } from "../../src/schema/check.js";
import type { Json } from "../../src/json/json.js";
import { schemas, values } from "./schemas.js";

test("it agrees with a checker of the whole standard", () => {
  const ajv = new Ajv2020({ strict: false, addUsedSchema: false });
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      // A field that ajv does not see.
      fc.pre(!JSON.stringify(schema).includes("__proto__"));
      // The two do not divide numbers of three hundred digits alike.
      const sent = JSON.parse(JSON.stringify(value), (_, each: Json) => (typeof each === "number" ? Math.round((each % 1e6) * 1000) / 1000 : each)) as Json;
      expect(fits(sent, schema)).toBe(ajv.validate(schema, sent));
    }),
    { numRuns: 400 },
  );
});

describe("what it says", () => {
  test.each([
    ["a missing field", {}, { type: "object", required: ["name"] }, ["name is required"]],
    ["a wrong type", { a: 1 }, { properties: { a: { type: "string" } } }, ["a must be text"]],
    ["several types", true, { type: ["string", "null"] }, [" must be text or null"]],
    ["an empty text", "", { type: "string", minLength: 1 }, [" must not be empty"]],
    ["letters of two units", "👋👋", { maxLength: 1 }, [" may have at most 1 characters"]],
    ["a limit", { n: 100 }, { properties: { n: { maximum: 99 } } }, ["n must be at most 99"]],
    ["decimal multiples", 0.3, { multipleOf: 0.1 }, []],
    ["an item", [1, "x"], { items: { type: "integer" } }, ["1 must be a whole number"]],
    ["tuples", ["a", 1], { prefixItems: [{ type: "string" }], items: false }, ["1 must not be there"]],
    ["an unknown field", { x: 1 }, { additionalProperties: false }, ["x is not a known field"]],
    ["a pattern", "abc", { pattern: "^[0-9]+$" }, [" must match ^[0-9]+$"]],
    ["another engine's pattern", "abc", { pattern: "(?P<x>a)" }, []],
    ["the same item twice", [{ a: 1 }, { a: 1 }], { uniqueItems: true }, [" must not have an item twice"]],
    ["a reference", { to: 1 }, { $defs: { T: { type: "string" } }, properties: { to: { $ref: "#/$defs/T" } } }, ["to must be text"]],
    ["a reference that leads nowhere", 1, { $ref: "#/$defs/None" }, []],
    ["a schema that is only itself", 1, { $ref: "#" }, []],
    ["if and then", { a: 1 }, { if: { required: ["a"] }, then: { required: ["b"] } }, ["b is required"]],
  ])("%s", (_case, value, schema, said) => {
    expect(problemsOf(value as Json, schema).map(({ path, message }) => `${path.join(".")} ${message}`)).toEqual(said);
  });

  test("of variants the one that was likely meant", () => {
    const variants = [
      { type: "object", properties: { kind: { const: "card" }, number: { type: "string" } }, required: ["kind", "number"] },
      { type: "object", properties: { kind: { const: "invoice" }, email: { type: "string" } }, required: ["kind", "email"] },
    ];

    expect(problemsOf({ kind: "invoice" }, { oneOf: variants })).toEqual([{ path: ["email"], message: "is required" }]);
  });
});

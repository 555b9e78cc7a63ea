import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fits } from "../../src/schema/check.js";
import { fieldOf, initialOf, isShown, nullableOf, variantOf, type Field } from "../../src/schema/field.js";
import { withItem, withKey } from "../../src/json/change.js";
import { isObject, type Json } from "../../src/json/json.js";
import type { Schema } from "../../src/schema/schema.js";
import { kindWords } from "../../src/schema/words.js";
import { schemas, values } from "./schemas.js";

/** The value as a form gives it back that shows each part and changes none. */
function throughForm(value: Json, schema: Schema, root: Schema, depth = 0): Json {
  const field = fieldOf(schema, root);
  if (depth > 30 || !isShown(value, field)) return value;
  switch (field.kind) {
    case "object":
      return Object.keys(value as object).reduce<Json>((whole, key) => {
        const own = field.properties.find(({ name }) => name === key);
        const part = (value as { readonly [key: string]: Json })[key] as Json;
        return withKey(whole as { readonly [key: string]: Json }, key, throughForm(part, own?.schema ?? field.others ?? true, root, depth + 1));
      }, value);
    case "list":
      return (value as readonly Json[]).reduce<readonly Json[]>(
        (list, item, index) => withItem(list, index, throughForm(item, field.prefix[index] ?? field.items ?? true, root, depth + 1)),
        value as readonly Json[],
      );
    case "variants": {
      const variant = field.variants[variantOf(value, field.variants, root)];
      return variant === undefined ? value : throughForm(value, variant.schema, root, depth + 1);
    }
    default:
      return value;
  }
}

test("a form loses nothing of a value, whatever its schema", () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      expect(throughForm(value, schema, schema)).toEqual(value);
    }),
  );
});

test("a value that fits is shown by the field of its schema", () => {
  fc.assert(
    fc.property(schemas, values, (schema, value) => {
      fc.pre(fits(value, schema));
      const field = fieldOf(schema, schema);
      expect(isShown(value, field)).toBe(true);
      if (field.kind === "variants") expect(variantOf(value, field.variants, schema)).toBeGreaterThanOrEqual(0);
      if (field.kind === "choice") expect(field.options.map((option) => option.value)).toContainEqual(value);
    }),
  );
});

test("what a field begins with, it can show", () => {
  fc.assert(
    fc.property(schemas, (schema) => {
      expect(isShown(initialOf(schema, schema), fieldOf(schema, schema))).toBe(true);
    }),
  );
});

describe("the kind of a field", () => {
  test.each([
    [{ type: "string", format: "email", maxLength: 9 }, "text", "text, email, at most 9 characters"],
    [{ type: "integer", minimum: 1, maximum: 9 }, "number", "whole number, 1 to 9"],
    [{ type: "boolean" }, "choice", "choice"],
    [{ const: 1 }, "choice", "always the same"],
    [{ oneOf: [{ const: "a", title: "First" }, { const: "b" }] }, "choice", "choice"],
    [{ properties: {} }, "object", "object"],
    [{ type: "array", items: { type: "string" }, minItems: 2 }, "list", "list of text, at least 2"],
    [{ anyOf: [{ type: "string" }] }, "text", "text"],
    [{ type: ["string", "null"] }, "variants", "text, or null"],
    [{ type: ["string", "integer"] }, "variants", "one of several"],
    [{ allOf: [{ type: "object" }, { properties: { a: {} } }] }, "object", "object"],
    [{ $ref: "#/nowhere" }, "any", "any JSON"],
    [true, "any", "any JSON"],
  ] as readonly (readonly [Schema, Field["kind"], string])[])("%j", (schema, kind, words) => {
    const field = fieldOf(schema, schema);

    expect(field.kind).toBe(kind);
    expect(kindWords(field, schema)).toBe(words);
  });
});

test("what stands beside a reference wins", () => {
  const root = { $defs: { T: { type: "string", description: "of the type" } }, properties: { a: { $ref: "#/$defs/T", description: "of the field" } } };

  expect(fieldOf(root.properties.a, root)).toMatchObject({ kind: "text", description: "of the field" });
});

test("all parts of allOf stand in one form", () => {
  const schema = { allOf: [{ properties: { a: {} }, required: ["a"] }, { properties: { b: {} }, required: ["b"] }] };
  const field = fieldOf(schema, schema);

  expect(field.kind === "object" && field.properties.map(({ name, isRequired }) => [name, isRequired])).toEqual([["a", true], ["b", true]]);
});

test("fields that are required and not described are there", () => {
  const field = fieldOf({ type: "object", required: ["a"] }, true);

  expect(field.kind === "object" && field.properties).toEqual([{ name: "a", schema: true, isRequired: true }]);
});

test("a value that may be null is that value or null", () => {
  const schema = { anyOf: [{ type: "string" }, { type: "null" }], default: "x" };
  const field = fieldOf(schema, schema);

  expect(field.kind === "variants" && nullableOf(field, schema)).toEqual({ name: "text", schema: { type: "string" } });
});

test("what stands beside variants holds for each", () => {
  const schema = { type: "object", properties: { a: { type: "string" } }, anyOf: [{ required: ["a"] }, { properties: { b: {} } }] };
  const field = fieldOf(schema, schema);
  const kinds = field.kind === "variants" && field.variants.map((variant) => Object.keys(propertiesOf(fieldOf(variant.schema, schema))));

  expect(kinds).toEqual([["a"], ["a", "b"]]);
});

function propertiesOf(field: Field): Record<string, boolean> {
  return field.kind === "object" ? Object.fromEntries(field.properties.map(({ name, isRequired }) => [name, isRequired])) : {};
}

test("half filled in, a variant is known by its constant", () => {
  const variants = ["card", "invoice"].map((kind) => ({
    name: kind,
    schema: { type: "object", properties: { kind: { const: kind }, more: { type: "string" } }, required: ["kind", "more"] },
  }));

  expect(variantOf({ kind: "invoice" }, variants, true)).toBe(1);
  expect(variantOf({ kind: "cash" }, variants, true)).toBe(0);
  expect(variantOf(7, variants, true)).toBe(-1);
});

test("with nothing filled in, a variant is the one that was picked", () => {
  const variants = ["a", "b"].map((name) => ({ name, schema: { properties: { [name]: { type: "string" } }, required: [name] } }));

  expect(variantOf({}, variants, true, 1)).toBe(1);
  expect(variantOf({ a: "" }, variants, true, 1)).toBe(0);
  expect(variantOf({}, variants, true)).toBe(0);
});

describe("what a field begins with", () => {
  test.each([
    [{ default: 3, minimum: 5 }, 3],
    [{ type: "string", examples: ["tea"] }, "tea"],
    [{ type: "integer", minimum: 5 }, 5],
    [{ type: "number", maximum: -1 }, -1],
    [{ enum: ["a", "b"] }, "a"],
    [{ type: "boolean" }, false],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, null],
    [{ type: "array", items: { type: "string" }, minItems: 2 }, []],
    [{ type: "array", prefixItems: [{ const: 1 }, { type: "number" }, { const: 2 }] }, [1]],
    [{ properties: { a: { type: "string" }, b: { type: "string" } }, required: ["a"] }, {}],
    [{ properties: { a: { type: "string", default: "" }, b: { enum: ["x"] }, c: { type: "boolean" }, d: { anyOf: [{ type: "string" }, { type: "integer" }] } }, required: ["a", "b", "c", "d"] }, { a: "", b: "x", c: false }],
  ])("%j", (schema, initial) => {
    expect(initialOf(schema, schema)).toEqual(initial);
  });

  test("also of a schema that requires itself", () => {
    const schema = { properties: { next: { $ref: "#" } }, required: ["next"] };

    expect(isObject(initialOf(schema, schema))).toBe(true);
  });
});

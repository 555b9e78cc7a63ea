/** Schemas as steps have them, at random, and values for them, right and wrong. */

import fc from "fast-check";
import type { Json } from "../../src/json/json.js";
import type { SchemaObject } from "../../src/schema/schema.js";

const name = fc.constantFrom("a", "b", "c", "name", "__proto__", "a/b~c");

const text = fc.record(
  { type: fc.constant("string"), minLength: fc.integer({ min: 0, max: 3 }), maxLength: fc.integer({ min: 3, max: 6 }), default: fc.constant("abc") },
  { requiredKeys: ["type"] },
);
const number = fc.record(
  { type: fc.constantFrom("integer", "number"), minimum: fc.integer({ min: -5, max: 0 }), maximum: fc.integer({ min: 1, max: 5 }), multipleOf: fc.constantFrom(1, 2) },
  { requiredKeys: ["type"] },
);
const plain: fc.Arbitrary<SchemaObject> = fc.oneof(
  text,
  number,
  fc.constant({ type: "boolean" }),
  fc.constant({ type: "null" }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom("x", "y", 1, null), { minLength: 1 }) }),
  fc.record({ const: fc.constantFrom<Json>("x", 1, null, false) }),
  fc.constant({ $ref: "#/$defs/Node" }),
  fc.constant({}),
);

const { schema } = fc.letrec<{ schema: SchemaObject; object: SchemaObject; list: SchemaObject; either: SchemaObject; typed: SchemaObject }>((tie) => ({
  schema: fc.oneof({ depthSize: "small", withCrossShrink: true }, plain, tie("object"), tie("list"), tie("either"), tie("typed")),
  object: fc
    .tuple(fc.uniqueArray(fc.tuple(name, tie("schema")), { maxLength: 3, selector: ([key]) => key }), fc.boolean(), fc.boolean())
    .map(([properties, isRequired, isClosed]) => ({
      type: "object",
      properties: Object.fromEntries(properties),
      ...(isRequired ? { required: properties.map(([key]) => key) } : {}),
      ...(isClosed ? { additionalProperties: false } : {}),
    })),
  list: fc.tuple(tie("schema"), fc.integer({ min: 0, max: 2 })).map(([items, minItems]) => ({ type: "array", items, minItems, maxItems: 4 })),
  either: fc.tuple(fc.constantFrom("anyOf", "oneOf"), fc.array(tie("schema"), { minLength: 1, maxLength: 3 })).map(([key, variants]) => ({ [key]: variants })),
  typed: fc.uniqueArray(fc.constantFrom("string", "integer", "null", "boolean"), { minLength: 1 }).map((type) => ({ type })),
}));

/** Of a tree: a schema that contains itself. */
const DEFINITIONS = {
  Node: { type: "object", properties: { value: { type: "integer" }, next: { anyOf: [{ $ref: "#/$defs/Node" }, { type: "null" }] } }, required: ["value"] },
};

export const schemas: fc.Arbitrary<SchemaObject> = schema.map((each) => ({ ...each, $defs: DEFINITIONS }));

export const values = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
  fc.dictionary(name, fc.oneof(fc.constantFrom<Json>("x", "abc", 1, 2, null, true), fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>), { maxKeys: 3 }) as fc.Arbitrary<Json>,
  fc.constantFrom<Json>("x", "y", "abc", 1, 2, null, true, false, [], {}, { value: 1 }, { value: 1, next: { value: 2, next: null } }),
);

/** JSON Schemas as they are written, and what their references mean. Pure; nothing is fetched. */

import { isObject, type Json } from "../json/json.js";

/** `root` is the whole document, in which `#/...` is looked up. */
export type Schema = boolean | SchemaObject;
export type SchemaObject = Readonly<Record<string, unknown>>;

/** References that lead to references end somewhere, or mean nothing. */
const MAX_STEPS = 20;

export function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isObject(value);
}

/** Those of a list that are schemas; none if it is no list. */
export function schemasIn(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

/** Names and their schemas; none if there are none. */
export function namedSchemas(value: unknown): readonly (readonly [string, Schema])[] {
  if (!isObject(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, Json & SchemaObject] => isSchema(entry[1]));
}

export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

/** What `#/$defs/Item` names; `true`, which allows everything, if it names nothing here. */
export function lookedUp(reference: string, root: Schema): Schema {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return true;
  let found: unknown = root;
  for (const part of reference.slice(2).split("/")) {
    const key = unescaped(part);
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return true;
    found = (found as Record<string, unknown>)[key];
  }
  return isSchema(found) ? found : true;
}

function unescaped(part: string): string {
  const plain = part.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}

/**
 * The schema without `$ref` and `allOf`: what they say stands in it. Where two say different things the
 * one that is nearer wins, which is enough for a form; the check looks at each by itself.
 */
export function resolved(schema: Schema, root: Schema, steps = 0): SchemaObject {
  if (typeof schema === "boolean") return {};
  if (steps > MAX_STEPS) return {};
  const { $ref: reference, allOf, ...rest } = schema;
  const parts = schemasIn(allOf).map((part) => resolved(part, root, steps + 1));
  if (typeof reference === "string") parts.unshift(resolved(lookedUp(reference, root), root, steps + 1));
  return [...parts, rest].reduce(joined, {});
}

function joined(one: SchemaObject, other: SchemaObject): SchemaObject {
  const all: Record<string, unknown> = { ...one, ...other };
  if (isObject(one["properties"]) && isObject(other["properties"])) {
    all["properties"] = { ...one["properties"], ...other["properties"] };
  }
  if (one["required"] !== undefined && other["required"] !== undefined) {
    all["required"] = [...new Set([...textsIn(one["required"]), ...textsIn(other["required"])])];
  }
  return all;
}

/**
 * What is wrong with a value, by its JSON Schema: help while it is written, so that the server, which
 * has the last word, need not be asked. A check that compiles its schemas cannot be used here: the
 * page's policy runs no text as a script. What this does not know, it does not complain about.
 */

import { isObject, isSame, kindOfJson, type Json, type JsonObject, type Path } from "../json/json.js";
import { isSchema, lookedUp, namedSchemas, schemasIn, textsIn, type Schema, type SchemaObject } from "./schema.js";

export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** A schema that refers to itself without getting deeper into the value must end. */
const MAX_DEPTH = 200;

export function problemsOf(value: Json, schema: Schema, root: Schema = schema): readonly Problem[] {
  return checked(value, schema, { root, path: [], depth: 0 });
}

export function fits(value: Json, schema: Schema, root: Schema = schema): boolean {
  return problemsOf(value, schema, root).length === 0;
}

interface Place {
  readonly root: Schema;
  readonly path: Path;
  readonly depth: number;
}

function checked(value: Json, schema: Schema, place: Place): readonly Problem[] {
  if (schema === true || place.depth > MAX_DEPTH) return [];
  if (schema === false) return [problem(place, "must not be there")];
  const deeper = { ...place, depth: place.depth + 1 };
  const reference = schema["$ref"];
  return [
    ...(typeof reference === "string" ? checked(value, lookedUp(reference, place.root), deeper) : []),
    ...ofType(value, schema, place),
    ...ofChoice(value, schema, place),
    ...ofCombinations(value, schema, deeper),
    ...ofKind(value, schema, deeper),
  ];
}

function problem(place: Place, message: string): Problem {
  return { path: place.path, message };
}

function isOfType(value: Json, type: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  return kindOfJson(value) === type;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "text", number: "a number", integer: "a whole number", boolean: "true or false", object: "an object", array: "a list", null: "null",
};

export function typeWord(type: unknown): string {
  return TYPE_WORDS[String(type)] ?? String(type);
}

function ofType(value: Json, schema: SchemaObject, place: Place): readonly Problem[] {
  const { type } = schema;
  if (type === undefined) return [];
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.some((each) => isOfType(value, each))) return [];
  return [problem(place, `must be ${types.map(typeWord).join(" or ")}`)];
}

function ofChoice(value: Json, schema: SchemaObject, place: Place): readonly Problem[] {
  const found: Problem[] = [];
  if (schema["const"] !== undefined && !isSame(value, schema["const"] as Json)) {
    found.push(problem(place, `must be ${JSON.stringify(schema["const"])}`));
  }
  const options = schema["enum"];
  if (Array.isArray(options) && !options.some((option: Json) => isSame(value, option))) {
    found.push(problem(place, `must be one of ${options.map((option) => JSON.stringify(option)).join(", ")}`));
  }
  return found;
}

function ofCombinations(value: Json, schema: SchemaObject, place: Place): readonly Problem[] {
  const doesFit = (each: Schema): boolean => checked(value, each, place).length === 0;
  const found = schemasIn(schema["allOf"]).flatMap((each) => checked(value, each, place));
  const any = schemasIn(schema["anyOf"]);
  if (any.length > 0 && !any.some(doesFit)) found.push(...nearest(value, any, place));
  const one = schemasIn(schema["oneOf"]);
  const fitting = one.filter(doesFit).length;
  if (one.length > 0 && fitting === 0) found.push(...nearest(value, one, place));
  if (fitting > 1) found.push(problem(place, "fits more than one of its variants"));
  if (isSchema(schema["not"]) && doesFit(schema["not"])) found.push(problem(place, "must not be this"));
  if (isSchema(schema["if"])) {
    const next = schema[doesFit(schema["if"]) ? "then" : "else"];
    if (isSchema(next)) found.push(...checked(value, next, place));
  }
  return found;
}

/** What is wrong by the variant that was likely meant: of those of the same type the one with least to say. */
function nearest(value: Json, variants: readonly Schema[], place: Place): readonly Problem[] {
  const all = variants.map((each) => checked(value, each, place));
  const inside = all.filter((problems) => problems.every((each) => each.path.length > place.path.length));
  const [best] = inside.toSorted((one, other) => one.length - other.length);
  return best ?? [problem(place, all.length === 1 ? (all[0]?.[0]?.message ?? "does not fit") : "fits none of its variants")];
}

function ofKind(value: Json, schema: SchemaObject, place: Place): readonly Problem[] {
  if (typeof value === "string") return ofText(value, schema, place);
  if (typeof value === "number") return ofNumber(value, schema, place);
  if (Array.isArray(value)) return ofList(value, schema, place);
  return isObject(value) ? ofObject(value, schema, place) : [];
}

/** The messages of those limits that are set and are broken. */
function broken(place: Place, limits: readonly (readonly [limit: unknown, isBroken: (limit: number) => boolean, say: (limit: number) => string])[]): Problem[] {
  return limits.flatMap(([limit, isBroken, say]) => (typeof limit === "number" && isBroken(limit) ? [problem(place, say(limit))] : []));
}

function ofText(value: string, schema: SchemaObject, place: Place): readonly Problem[] {
  const length = [...value].length;
  const found = broken(place, [
    [schema["minLength"], (limit) => length < limit, (limit) => (limit === 1 ? "must not be empty" : `needs at least ${limit} characters`)],
    [schema["maxLength"], (limit) => length > limit, (limit) => `may have at most ${limit} characters`],
  ]);
  const { pattern } = schema;
  if (typeof pattern === "string" && !isMatch(pattern, value)) found.push(problem(place, `must match ${pattern}`));
  return found;
}

/** Patterns of other engines may be none here: then the server tells. */
function isMatch(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function ofNumber(value: number, schema: SchemaObject, place: Place): readonly Problem[] {
  return broken(place, [
    [schema["minimum"], (limit) => value < limit, (limit) => `must be at least ${limit}`],
    [schema["maximum"], (limit) => value > limit, (limit) => `must be at most ${limit}`],
    [schema["exclusiveMinimum"], (limit) => value <= limit, (limit) => `must be more than ${limit}`],
    [schema["exclusiveMaximum"], (limit) => value >= limit, (limit) => `must be less than ${limit}`],
    [schema["multipleOf"], (limit) => !isMultiple(value, limit), (limit) => `must be a multiple of ${limit}`],
  ]);
}

/** 0.3 is a multiple of 0.1, whatever binary fractions say. */
function isMultiple(value: number, of: number): boolean {
  const times = value / of;
  return of <= 0 || Math.abs(times - Math.round(times)) < 1e-9 * Math.max(1, Math.abs(times));
}

function ofList(value: readonly Json[], schema: SchemaObject, place: Place): readonly Problem[] {
  const count = value.length;
  const found = broken(place, [
    [schema["minItems"], (limit) => count < limit, (limit) => `needs at least ${limit} ${limit === 1 ? "item" : "items"}`],
    [schema["maxItems"], (limit) => count > limit, (limit) => `may have at most ${limit} ${limit === 1 ? "item" : "items"}`],
  ]);
  if (schema["uniqueItems"] === true && value.some((item, index) => value.slice(0, index).some((other) => isSame(item, other)))) {
    found.push(problem(place, "must not have an item twice"));
  }
  const prefix = schemasIn(schema["prefixItems"]);
  const rest = isSchema(schema["items"]) ? schema["items"] : true;
  const items = value.flatMap((item, index) => checked(item, prefix[index] ?? rest, { ...place, path: [...place.path, index] }));
  return [...found, ...items];
}

function ofObject(value: JsonObject, schema: SchemaObject, place: Place): readonly Problem[] {
  const keys = Object.keys(value);
  const inside = (key: string): Place => ({ ...place, path: [...place.path, key] });
  const missing = textsIn(schema["required"]).filter((key) => !Object.hasOwn(value, key));
  const named = new Map(namedSchemas(schema["properties"]));
  const patterned = namedSchemas(schema["patternProperties"]);
  const names = isSchema(schema["propertyNames"]) ? schema["propertyNames"] : true;
  const others = isSchema(schema["additionalProperties"]) ? schema["additionalProperties"] : true;
  const parts = keys.flatMap((key) => {
    const part = value[key] as Json;
    const own = named.get(key);
    const schemas = [...(own === undefined ? [] : [own]), ...patterned.filter(([pattern]) => isMatch(pattern, key)).map(([, each]) => each)];
    const problems = (schemas.length > 0 ? schemas : [others]).flatMap((each) =>
      each === false ? [problem(inside(key), "is not a known field")] : checked(part, each, inside(key)),
    );
    return fits(key, names, place.root) ? problems : [...problems, problem(inside(key), "is not an allowed name")];
  });
  return [
    ...missing.map((key) => problem(inside(key), "is required")),
    ...broken(place, [
      [schema["minProperties"], (limit) => keys.length < limit, (limit) => `needs at least ${limit} fields`],
      [schema["maxProperties"], (limit) => keys.length > limit, (limit) => `may have at most ${limit} fields`],
    ]),
    ...parts,
  ];
}

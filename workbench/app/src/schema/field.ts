/**
 * What a form shows for a JSON Schema: one field, whose parts are made when they are asked for, so
 * that schemas may contain themselves. Pure.
 */

import { fits } from "./check.js";
import { isObject, kindOfJson, type Json } from "../json/json.js";
import { isSchema, namedSchemas, resolved, schemasIn, textsIn, type Schema, type SchemaObject } from "./schema.js";

export interface Property {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

export interface Option {
  readonly value: Json;
  readonly name: string;
}

export interface Variant {
  readonly name: string;
  readonly schema: Schema;
}

interface About {
  readonly title: string;
  readonly description: string;
  readonly initial: Json | undefined;
  readonly example: Json | undefined;
}

export type Field = About &
  (
    | { readonly kind: "object"; readonly properties: readonly Property[]; /** Of fields with other names; null if there may be none. */ readonly others: Schema | null }
    | { readonly kind: "list"; readonly prefix: readonly Schema[]; /** Of the rest; null if there may be none. */ readonly items: Schema | null; readonly least: number; readonly most: number }
    | { readonly kind: "choice"; readonly options: readonly Option[] }
    | { readonly kind: "variants"; readonly variants: readonly Variant[] }
    | { readonly kind: "text"; readonly format: string; readonly limits: string }
    | { readonly kind: "number"; readonly isWhole: boolean; readonly least: number | undefined; readonly most: number | undefined; readonly limits: string }
    | { readonly kind: "null" }
    | { readonly kind: "any" }
  );

/** Values that are made deeper than this are null: a schema that requires itself has no end. */
const MAX_DEPTH = 8;

export function fieldOf(written: Schema, root: Schema): Field {
  const schema = resolved(written, root);
  const about = aboutOf(schema);
  if (schema["const"] !== undefined) return { ...about, kind: "choice", options: [optionOf(schema["const"] as Json)] };
  if (Array.isArray(schema["enum"])) return { ...about, kind: "choice", options: schema["enum"].map(optionOf) };
  const variants = variantsOf(schema, root);
  if (variants.length > 0) {
    const options = variants.map((each) => constantOf(each, root));
    if (options.every((each) => each !== null)) return { ...about, kind: "choice", options };
    return variants.length === 1 ? fieldOf(variants[0]?.schema ?? true, root) : { ...about, kind: "variants", variants };
  }
  return { ...about, ...byType(schema) };
}

function aboutOf(schema: SchemaObject): About {
  const text = (key: string): string => (typeof schema[key] === "string" ? schema[key] : "");
  const examples = schema["examples"];
  return {
    title: text("title"),
    description: text("description"),
    initial: schema["default"] as Json | undefined,
    example: (Array.isArray(examples) ? examples[0] : schema["example"]) as Json | undefined,
  };
}

type Shape = Field extends infer Each ? (Each extends Field ? Omit<Each, keyof About> : never) : never;

function byType(schema: SchemaObject): Shape {
  switch (schema["type"] ?? impliedType(schema)) {
    case "object":
      return objectOf(schema);
    case "array":
      return listOf(schema);
    case "string":
      return { kind: "text", format: typeof schema["format"] === "string" ? schema["format"] : "", limits: textLimits(schema) };
    case "integer":
    case "number":
      return numberOf(schema);
    case "boolean":
      return { kind: "choice", options: [true, false].map(optionOf) };
    case "null":
      return { kind: "null" };
    default:
      return { kind: "any" };
  }
}

function impliedType(schema: SchemaObject): string | undefined {
  if (schema["properties"] !== undefined) return "object";
  return schema["items"] !== undefined || schema["prefixItems"] !== undefined ? "array" : undefined;
}

function objectOf(schema: SchemaObject): Shape {
  const required = new Set(textsIn(schema["required"]));
  const named = namedSchemas(schema["properties"]);
  const known = new Set(named.map(([name]) => name));
  // Required, but described nowhere: anything may stand there.
  const unnamed = [...required].filter((name) => !known.has(name)).map((name) => [name, true] as const);
  const others = schema["additionalProperties"] ?? true;
  return {
    kind: "object",
    properties: [...named, ...unnamed].map(([name, each]) => ({ name, schema: each, isRequired: required.has(name) })),
    others: isSchema(others) && others !== false ? others : null,
  };
}

function listOf(schema: SchemaObject): Shape {
  const items = schema["items"] ?? true;
  return {
    kind: "list",
    prefix: schemasIn(schema["prefixItems"]),
    items: isSchema(items) && items !== false ? items : null,
    least: numberIn(schema, "minItems") ?? 0,
    most: numberIn(schema, "maxItems") ?? Infinity,
  };
}

function numberOf(schema: SchemaObject): Shape {
  const isWhole = schema["type"] === "integer";
  const [minimum, maximum] = [numberIn(schema, "minimum"), numberIn(schema, "maximum")];
  const [over, under, of] = [numberIn(schema, "exclusiveMinimum"), numberIn(schema, "exclusiveMaximum"), numberIn(schema, "multipleOf")];
  const limits = [
    minimum !== undefined && maximum !== undefined ? `${minimum} to ${maximum}` : "",
    minimum !== undefined && maximum === undefined ? `at least ${minimum}` : "",
    minimum === undefined && maximum !== undefined ? `at most ${maximum}` : "",
    over === undefined ? "" : `more than ${over}`,
    under === undefined ? "" : `less than ${under}`,
    of === undefined ? "" : `a multiple of ${of}`,
  ];
  return { kind: "number", isWhole, least: minimum ?? over, most: maximum ?? under, limits: said(limits) };
}

function textLimits(schema: SchemaObject): string {
  const [least, most] = [numberIn(schema, "minLength"), numberIn(schema, "maxLength")];
  return said([
    least === undefined || least === 0 ? "" : least === 1 ? "not empty" : `at least ${least} characters`,
    most === undefined ? "" : `at most ${most} characters`,
    typeof schema["pattern"] === "string" ? schema["pattern"] : "",
  ]);
}

function said(limits: readonly string[]): string {
  return limits.filter((each) => each !== "").join(", ");
}

function numberIn(schema: SchemaObject, key: string): number | undefined {
  return typeof schema[key] === "number" ? schema[key] : undefined;
}

function optionOf(value: Json): Option {
  return { value, name: typeof value === "string" ? value : JSON.stringify(value) };
}

function constantOf(variant: Variant, root: Schema): Option | null {
  const schema = resolved(variant.schema, root);
  if (schema["const"] === undefined) return null;
  const option = optionOf(schema["const"] as Json);
  return typeof schema["title"] === "string" ? { ...option, name: schema["title"] } : option;
}

/** The variants of `anyOf`, `oneOf`, or of several types; each with what stands beside them. */
function variantsOf(schema: SchemaObject, root: Schema): readonly Variant[] {
  const { anyOf, oneOf, default: _initial, title: _title, description: _description, examples: _examples, ...beside } = schema;
  const written = [...schemasIn(anyOf), ...schemasIn(oneOf)];
  if (written.length > 0) {
    const isAlone = Object.keys(beside).every((key) => key.startsWith("$") || key === "discriminator");
    const whole = (each: Schema): Schema => (isAlone || typeof each === "boolean" ? each : { allOf: [beside, each] });
    return written.map((each, index) => ({ name: nameOf(each, root, index), schema: whole(each) }));
  }
  const types = Array.isArray(schema["type"]) ? (schema["type"] as readonly unknown[]) : [];
  return types.map((type, index) => {
    const one = { ...beside, type } as SchemaObject;
    return { name: nameOf(one, root, index), schema: one };
  });
}

function nameOf(written: Schema, root: Schema, index: number): string {
  const schema = resolved(written, root);
  if (typeof schema["title"] === "string") return schema["title"];
  if (typeof written !== "boolean" && typeof written["$ref"] === "string") return written["$ref"].split("/").at(-1) ?? "";
  const { type, format } = schema;
  if (schema["const"] !== undefined) return JSON.stringify(schema["const"]);
  if (typeof type !== "string") return `Variant ${index + 1}`;
  return { string: typeof format === "string" ? format : "text", integer: "whole number", array: "list", boolean: "true or false" }[type] ?? type;
}

/**
 * Which variant a value is: the first that it fits, else the one that it resembles, `picked` before
 * others; -1 for none.
 */
export function variantOf(value: Json, variants: readonly Variant[], root: Schema, picked = -1): number {
  const fitting = variants.findIndex((each) => fits(value, each.schema, root));
  if (fitting >= 0) return fitting;
  const likely = variants.findIndex((each) => isTagged(value, each.schema, root));
  if (likely >= 0) return likely;
  const shown = variants.map((each) => isShown(value, fieldOf(each.schema, root)));
  return shown[picked] === true ? picked : shown.indexOf(true);
}

/** Whether an object has a variant's constants, and there are any: half filled in, it still is that variant. */
function isTagged(value: Json, schema: Schema, root: Schema): boolean {
  if (!isObject(value)) return false;
  const properties = namedSchemas(resolved(schema, root)["properties"]);
  const tags = properties.filter(([, each]) => resolved(each, root)["const"] !== undefined);
  return tags.length > 0 && tags.every(([name, each]) => Object.hasOwn(value, name) && fits(value[name] as Json, each, root));
}

/** Whether a field can show the value as it is; otherwise it is shown as JSON. */
export function isShown(value: Json, field: Field): boolean {
  const kind = kindOfJson(value);
  switch (field.kind) {
    case "object":
      return kind === "object";
    case "list":
      return kind === "array";
    case "text":
      return kind === "string";
    case "number":
      return kind === "number";
    case "null":
      return kind === "null";
    case "choice":
    case "variants":
    case "any":
      return true;
  }
}

/**
 * What a new field begins with: its default or example, else as little as its schema requires. What
 * only a person can know is left out of it, also where it is required: the server would take an empty
 * text for an answer.
 */
export function initialOf(schema: Schema, root: Schema, depth = 0): Json {
  if (depth > MAX_DEPTH) return null;
  const field = fieldOf(schema, root);
  const given = field.initial ?? field.example;
  if (given !== undefined) return given;
  switch (field.kind) {
    case "object": {
      const known = field.properties.filter((each) => each.isRequired && !isPersons(each.schema, root));
      return Object.fromEntries(known.map((each) => [each.name, initialOf(each.schema, root, depth + 1)]));
    }
    case "list": {
      const count = Math.max(field.prefix.length, Math.min(field.least, 20));
      const schemas = Array.from({ length: count }, (_, index) => field.prefix[index] ?? field.items ?? true);
      const first = schemas.findIndex((each) => isPersons(each, root));
      // A list has no gaps: it begins with what comes before.
      return (first < 0 ? schemas : schemas.slice(0, first)).map((each) => initialOf(each, root, depth + 1));
    }
    case "choice":
      return field.options.find((each) => each.value === false)?.value ?? field.options[0]?.value ?? null;
    case "variants": {
      const hasNull = field.variants.some((each) => fieldOf(each.schema, root).kind === "null");
      return hasNull ? null : initialOf(field.variants[0]?.schema ?? true, root, depth + 1);
    }
    case "text":
      return "";
    case "number":
      return startOf(field.least, field.most, field.isWhole);
    default:
      return null;
  }
}

/** Whether only a person can know the value: a text, a number or any JSON, without a default or example. */
function isPersons(schema: Schema, root: Schema, depth = 0): boolean {
  const field = fieldOf(schema, root);
  if (depth > MAX_DEPTH || (field.initial ?? field.example) !== undefined) return false;
  if (field.kind !== "variants") return field.kind === "text" || field.kind === "number" || field.kind === "any";
  const hasNull = field.variants.some((each) => fieldOf(each.schema, root).kind === "null");
  return !hasNull && isPersons(field.variants[0]?.schema ?? true, root, depth + 1);
}

function startOf(least: number | undefined, most: number | undefined, isWhole: boolean): number {
  const start = Math.min(Math.max(0, least ?? 0), most ?? Infinity);
  return isWhole ? Math.ceil(start) : start;
}

/** The one variant beside null of a field that may be null; null if it is not just that. */
export function nullableOf(field: Field & { readonly kind: "variants" }, root: Schema): Variant | null {
  const others = field.variants.filter((each) => fieldOf(each.schema, root).kind !== "null");
  return field.variants.length === 2 && others.length === 1 ? (others[0] ?? null) : null;
}


/** JSON values and how a part of one is changed. Pure: a change makes a new value. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** Keys and indices from the whole to a part. */
export type Path = readonly (string | number)[];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `null`, `array`, `object`, or what `typeof` says. */
export function kindOfJson(value: Json): "null" | "array" | "object" | "boolean" | "number" | "string" {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as "object" | "boolean" | "number" | "string";
}

/** The object with the key set, or without it for `undefined`. Keys keep their places. */
export function withKey(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  const entries = Object.entries(object);
  if (value === undefined) return Object.fromEntries(entries.filter(([name]) => name !== key));
  if (!Object.hasOwn(object, key)) return Object.fromEntries([...entries, [key, value]]);
  return Object.fromEntries(entries.map(([name, old]) => [name, name === key ? value : old]));
}

/** The list with the item set; without it for `undefined`. An index past the end appends. */
export function withItem(list: readonly Json[], index: number, value: Json | undefined): readonly Json[] {
  if (value === undefined) return list.toSpliced(index, 1);
  return index < list.length ? list.with(index, value) : [...list, value];
}

/** Whether two values are the same JSON; the order of keys says nothing. */
export function isSame(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index] as Json));
  }
  if (!isObject(one) || !isObject(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame(one[key] as Json, other[key] as Json));
}

/** What a text says as JSON; `undefined` if it is none. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Whole numbers of more digits than a number holds are bigints here, where the browser tells them. To be read only. */
export function parsedExactly(text: string): Json | undefined {
  if (!/\d{16}/.test(text)) return parsed(text);
  try {
    return JSON.parse(text, exactly) as Json;
  } catch {
    return undefined;
  }
}

function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Whether the text has whole numbers that are others once they were read. */
export function losesDigits(text: string): boolean {
  if (!/\d{16}/.test(text)) return false;
  let isLost = false;
  try {
    JSON.parse(text, (key, value: unknown, ...context: unknown[]) => {
      isLost ||= typeof exactly(key, value, context[0] as { readonly source?: string }) === "bigint";
      return value;
    });
  } catch {
    return false;
  }
  return isLost;
}

/** As people read it. */
export function pretty(value: Json): string {
  return JSON.stringify(value, null, 2);
}

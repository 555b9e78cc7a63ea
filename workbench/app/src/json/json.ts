/** JSON: what it is, its kinds, in short, and as it is written. Pure. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** Keys and indices from the whole to a part. */
export type Path = readonly (string | number)[];

export type Kind = "null" | "boolean" | "number" | "string" | "array" | "object";

export function kindOfJson(value: unknown): Kind {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  const kind = typeof value;
  if (kind === "bigint") return "number";
  return kind === "boolean" || kind === "number" || kind === "string" ? kind : "object";
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a text says as JSON; `undefined` if it is none. */
export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** As people read it. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** One line of at most about `most` characters; large values cost no more than small ones. */
export function inShort(value: unknown, most = 120): string {
  const text = write(value, most);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Stops soon after `room` characters: nobody reads the rest. */
function write(value: unknown, room: number): string {
  if (typeof value === "string") return JSON.stringify(value.length > room ? value.slice(0, room) : value);
  if (typeof value !== "object" || value === null) return String(value);
  const isList = Array.isArray(value);
  let text = isList ? "[" : "{";
  let count = 0;
  for (const [key, part] of isList ? value.entries() : Object.entries(value)) {
    if (text.length > room) return text;
    text += `${count === 0 ? "" : ", "}${isList ? "" : `${key}: `}${write(part, room - text.length)}`;
    count += 1;
  }
  return text + (isList ? "]" : "}");
}

/** Whether two values are the same JSON; the order of keys says nothing. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame((one as Parts)[key], (other as Parts)[key]));
}

type Parts = Readonly<Record<string, unknown>>;

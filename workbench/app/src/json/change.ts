/** A JSON value with a part of it changed: a new value. Pure. */

import type { Json, JsonObject } from "./json.js";

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

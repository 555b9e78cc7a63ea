/**
 * What a group looks like after a change. Pure: arrays go in and come out, and what did not change
 * stays the same object.
 */

import type { Item } from "./types.js";

export const NO_ITEMS: readonly Item[] = Object.freeze([]);

/** Items in the order of the server; those that are as before are the objects that were there. */
export function synced(before: readonly Item[], now: readonly Item[]): readonly Item[] {
  const known = new Map(before.map((item) => [item.id, item]));
  const items = now.map((item) => same(known.get(item.id), item));
  const isSame = items.length === before.length && items.every((item, at) => item === before[at]);
  return isSame ? before : Object.freeze(items);
}

/** `item` in its place; at the end if it is new. */
export function put(items: readonly Item[], item: Item): readonly Item[] {
  const at = placeOf(items, item.id);
  const before = items[at];
  if (before === undefined) return Object.freeze([...items, item]);
  return same(before, item) === before ? items : Object.freeze(items.with(at, item));
}

export function without(items: readonly Item[], id: string): readonly Item[] {
  return placeOf(items, id) < 0 ? items : Object.freeze(items.filter((item) => item.id !== id));
}

/** The item with `text` at the end of one of its fields and others set. */
export function grown(item: Item, field: string, text: string, set?: Readonly<Record<string, unknown>>): Item {
  const before = item[field];
  return { ...item, [field]: (typeof before === "string" ? before : "") + text, ...set };
}

/** `before` if it says the same as `now`. */
export function same<T extends Item | null | undefined>(before: T, now: NonNullable<T>): NonNullable<T> {
  return before !== null && before !== undefined && isEqual(before, now) ? before : now;
}

/** From the end: what changes is mostly what came last. */
function placeOf(items: readonly Item[], id: string): number {
  return items.findLastIndex((item) => item.id === id);
}

function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every(
    (key) => Object.hasOwn(other, key) && isEqual(one[key as keyof typeof one], other[key as keyof typeof other]),
  );
}

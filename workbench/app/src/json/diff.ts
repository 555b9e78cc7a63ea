/** What changed from one JSON value to another. Pure. */

import { isSame, kindOfJson } from "./json.js";
import { own } from "./own.js";

export interface JsonChange {
  /** As in Python or JavaScript: `items[0].name`; empty for the whole. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  /** Undefined where it was added. */
  readonly before: unknown;
  /** Undefined where it was removed. */
  readonly after: unknown;
}

/** In the order of the keys; at most `most`. */
export function diffOf(before: unknown, after: unknown, most = 500): readonly JsonChange[] {
  const changes: JsonChange[] = [];
  collect(changes, "", before, after, most);
  return changes;
}

function collect(changes: JsonChange[], path: string, before: unknown, after: unknown, most: number): void {
  if (changes.length >= most || isSame(before, after)) return;
  if (before === undefined) changes.push({ path, kind: "added", before, after });
  else if (after === undefined) changes.push({ path, kind: "removed", before, after });
  else if (kindOfJson(before) === "array" && kindOfJson(after) === "array") collectItems(changes, path, before as unknown[], after as unknown[], most);
  else if (kindOfJson(before) === "object" && kindOfJson(after) === "object") collectKeys(changes, path, before as Parts, after as Parts, most);
  else changes.push({ path, kind: "changed", before, after });
}

type Parts = Readonly<Record<string, unknown>>;

function collectKeys(changes: JsonChange[], path: string, before: Parts, after: Parts, most: number): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    collect(changes, withKey(path, key), own(before, key), own(after, key), most);
  }
}

/** Items that are the same at both ends are put aside: what came in between, or went, then shows. */
function collectItems(changes: JsonChange[], path: string, before: readonly unknown[], after: readonly unknown[], most: number): void {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && isSame(before[head], after[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && isSame(before.at(-1 - tail), after.at(-1 - tail))) tail += 1;
  const removed = before.length - tail;
  const added = after.length - tail;
  for (let index = head; index < Math.max(removed, added); index += 1) {
    collect(changes, `${path}[${index}]`, index < removed ? before[index] : undefined, index < added ? after[index] : undefined, most);
  }
}

function withKey(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

export interface TextChange {
  readonly head: string;
  readonly before: string;
  readonly after: string;
  readonly tail: string;
}

/** Where two texts differ, between what they have in common. */
export function textChange(before: string, after: string): TextChange {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return {
    head: before.slice(0, head),
    before: before.slice(head, before.length - tail),
    after: after.slice(head, after.length - tail),
    tail: before.slice(before.length - tail),
  };
}

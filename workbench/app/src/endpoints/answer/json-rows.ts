/** A JSON value as the rows of a tree: only what is open has rows. Pure. */

import { isObject, type Json, type Path } from "../schema/json.js";

export interface JsonRow {
  /** The place as one text. */
  readonly id: string;
  readonly depth: number;
  /** null for the whole. */
  readonly name: string | number | null;
  readonly value: Json;
  /** How many parts it has; null if it can have none. */
  readonly count: number | null;
  readonly isOpen: boolean;
}

/** Rows that are open at first, at most. */
const FIRST_ROWS = 300;

export function rowsOf(value: Json, open: ReadonlySet<string>): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  const add = (part: Json, path: Path, name: JsonRow["name"]): void => {
    const id = idOf(path);
    const inner = partsOf(part);
    const isOpen = open.has(id);
    rows.push({ id, depth: path.length, name, value: part, count: inner?.length ?? null, isOpen });
    if (isOpen) inner?.forEach(([key, each]) => add(each, [...path, key], key));
  };
  add(value, [], null);
  return rows;
}

/** What is open at first: level by level, as long as it stays few rows. */
export function firstOpen(value: Json): ReadonlySet<string> {
  const open = new Set<string>();
  let level: readonly (readonly [Json, Path])[] = [[value, []]];
  let rows = 1;
  while (level.length > 0) {
    const inner = level.flatMap(([part, path]) => (partsOf(part) ?? []).map(([key, each]) => [each, [...path, key]] as const));
    rows += inner.length;
    // Of something long at least the top is seen.
    if (rows > FIRST_ROWS && open.size > 0) break;
    for (const [part, path] of level) if (partsOf(part) !== null) open.add(idOf(path));
    level = inner;
  }
  return open;
}

function idOf(path: Path): string {
  return JSON.stringify(path);
}

function partsOf(value: Json): readonly (readonly [string | number, Json])[] | null {
  if (Array.isArray(value)) return value.map((item, index) => [index, item as Json]);
  return isObject(value) ? Object.entries(value) : null;
}

/** What stands in place of the parts of a closed row: `{3 fields}`, `[12 items]` */
export function closedText(row: JsonRow): string {
  const isList = Array.isArray(row.value);
  if (row.count === 0) return isList ? "[]" : "{}";
  const word = isList ? "item" : "field";
  const text = `${row.count} ${word}${row.count === 1 ? "" : "s"}`;
  return isList ? `[${text}]` : `{${text}}`;
}

/** The row above it that it is a part of; itself at the top. */
export function parentOf(rows: readonly JsonRow[], index: number): number {
  const depth = rows[index]?.depth ?? 0;
  for (let above = index - 1; above >= 0; above -= 1) if ((rows[above]?.depth ?? 0) < depth) return above;
  return index;
}

/** A JSON value as the rows of a tree. Pure. A long text opens too: into its lines. */

import { inShort, kindOfJson, type Kind } from "./json.js";

export interface JsonRow {
  /** The path to it, as a JSON pointer: `/items/0/name`; `` is the whole. */
  readonly id: string;
  readonly depth: number;
  /** Its key or index; null for the whole, and for a line of a text. */
  readonly name: string | null;
  readonly kind: Kind;
  /** What stands in its row. */
  readonly text: string;
  readonly value: unknown;
  /** Undefined: there is nothing to open. */
  readonly isOpen: boolean | undefined;
}

/** Longer texts are shown in lines. */
const LONG_TEXT = 100;
/** Where a line without a break is broken. */
const LINE = 110;

export function flatten(value: unknown, open: ReadonlySet<string>): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  add(rows, value, null, "", 0, open);
  return rows;
}

function add(rows: JsonRow[], value: unknown, name: string | null, id: string, depth: number, open: ReadonlySet<string>): void {
  const kind = kindOfJson(value);
  const canOpen = isLongText(value) || (typeof value === "object" && value !== null && Object.keys(value).length > 0);
  const isOpen = canOpen ? open.has(id) : undefined;
  rows.push({ id, depth, name, kind, text: textOf(value, kind, isOpen === true), value, isOpen });
  if (isOpen !== true) return;
  if (typeof value === "string") {
    linesOf(value).forEach((line, index) => rows.push({ id: `${id}/${index}`, depth: depth + 1, name: null, kind, text: line, value: line, isOpen: undefined }));
    return;
  }
  for (const [key, part] of Object.entries(value as object)) add(rows, part, key, `${id}/${escaped(key)}`, depth + 1, open);
}

function textOf(value: unknown, kind: Kind, isOpen: boolean): string {
  if (kind === "array") return isOpen ? countOf(value, "item") : inShort(value);
  if (kind === "object") return isOpen ? countOf(value, "key") : inShort(value);
  if (typeof value === "string" && isOpen) return `${value.length} characters`;
  return inShort(value, LONG_TEXT + 20);
}

function countOf(value: unknown, one: string): string {
  const count = Object.keys(value as object).length;
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

function isLongText(value: unknown): value is string {
  return typeof value === "string" && (value.length > LONG_TEXT || value.includes("\n"));
}

export function linesOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    if (line.length <= LINE) return [line];
    const parts: string[] = [];
    for (let at = 0; at < line.length; at += LINE) parts.push(line.slice(at, at + LINE));
    return parts;
  });
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** What to open so that about `budget` rows are seen, the outer ones first. */
export function openAtFirst(value: unknown, budget = 60): ReadonlySet<string> {
  const open = new Set<string>();
  let left = budget;
  let level: readonly (readonly [string, unknown])[] = [["", value]];
  while (level.length > 0) {
    const next: (readonly [string, unknown])[] = [];
    for (const [id, part] of level) {
      if (typeof part !== "object" || part === null) continue;
      const keys = Object.keys(part);
      // The outermost is always opened: a closed one says nothing.
      if (keys.length === 0 || (keys.length > left && id !== "")) continue;
      open.add(id);
      left -= keys.length;
      for (const key of keys) next.push([`${id}/${escaped(key)}`, (part as Readonly<Record<string, unknown>>)[key]]);
    }
    level = left > 0 ? next : [];
  }
  if (isLongText(value)) open.add("");
  return open;
}

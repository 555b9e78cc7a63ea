/** The lines of the log that are kept, which of them are shown, and what is missing between them. Pure. */

import type { LogView } from "../api/types.js";
import { inShort } from "../json/json.js";

export type Level = LogView["level"];
export const LEVELS: readonly Level[] = ["debug", "info", "warning", "error"];
/** As many as the server keeps. */
export const MOST_LINES = 10_000;

/** As it stands in the address. */
export interface LogFilter {
  /** The least level. */
  readonly level?: string | undefined;
  readonly step?: string | undefined;
  readonly trace?: string | undefined;
  /** In the message, the fields, the step's or logger's name. */
  readonly q?: string | undefined;
}

/** Lines that were never told, or are not held any more, before the line `before`. */
export interface Gap {
  readonly before: number;
  readonly missing: number;
}

export type LogRow = LogView | Gap;

export function isGap(row: LogRow): row is Gap {
  return "missing" in row;
}

export function keyOfRow(row: LogRow): string {
  return isGap(row) ? `gap-${row.before}` : String(row.number);
}

/** All lines by their numbers, each once; the oldest make room. The same list if nothing is new. */
export function withLines(lines: readonly LogView[], more: readonly LogView[], most = MOST_LINES): readonly LogView[] {
  const last = lines.at(-1)?.number ?? -1;
  const isInOrder = more.every((line, index) => line.number > (index === 0 ? last : (more[index - 1]?.number ?? last)));
  if (more.length === 0) return lines;
  if (isInOrder) return [...lines, ...more].slice(-most);
  // Told again, or asked for after it was told; or written by several threads at once.
  const byNumber = new Map(lines.map((line) => [line.number, line]));
  const before = byNumber.size;
  for (const line of more) if (!byNumber.has(line.number)) byNumber.set(line.number, line);
  if (byNumber.size === before) return lines;
  return [...byNumber.values()].sort((one, other) => one.number - other.number).slice(-most);
}

export function matcherOf({ level, step, trace, q }: LogFilter): (line: LogView) => boolean {
  const least = LEVELS.findIndex((each) => each === level);
  const text = q?.toLowerCase() ?? "";
  return (line) =>
    LEVELS.indexOf(line.level) >= least &&
    (step === undefined || line.step === step) &&
    (trace === undefined || line.traceId === trace) &&
    (text === "" || textOf(line).includes(text));
}

/** The lines that fit; between them, where lines of the log are missing, how many: some might fit. */
export function shownRows(lines: readonly LogView[], filter: LogFilter): readonly LogRow[] {
  const fits = matcherOf(filter);
  const rows: LogRow[] = [];
  let expected = lines[0]?.number ?? 0;
  for (const line of lines) {
    if (line.number > expected) rows.push({ before: line.number, missing: line.number - expected });
    expected = line.number + 1;
    if (fits(line)) rows.push(line);
  }
  return rows;
}

/** How many lines that fit came after the last of `held`. */
export function countSince(held: readonly LogView[], lines: readonly LogView[], filter: LogFilter): number {
  const last = held.at(-1)?.number ?? -1;
  const fits = matcherOf(filter);
  return lines.reduce((count, line) => count + (line.number > last && fits(line) ? 1 : 0), 0);
}

const texts = new WeakMap<LogView, string>();

/** What is searched, made once for each line. */
function textOf(line: LogView): string {
  const known = texts.get(line);
  if (known !== undefined) return known;
  const text = [line.message, line.step ?? "", line.logger, line.fields === null ? "" : inShort(line.fields, 2000)].join("\n").toLowerCase();
  texts.set(line, text);
  return text;
}

/** Whether there is anything in them. */
export function hasFields({ fields }: LogView): boolean {
  return typeof fields === "object" && fields !== null ? Object.keys(fields).length > 0 : fields !== null && fields !== undefined;
}

/** The shown lines as a file, or on the clipboard. */

import type { LogView } from "../api/types.js";
import { inShort } from "../json/json.js";
import { exactTime } from "../parts/times.js";
import { hasFields } from "./lines.js";

/** One JSON object for each line, as the server tells it. */
export function asJsonLines(lines: readonly LogView[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** As it is read: `2026-11-26 14:02:11.042 ERROR Cook  message {field: 1}`, and the traceback below. */
export function asText(lines: readonly LogView[]): string {
  return lines.map(textLine).join("");
}

function textLine(line: LogView): string {
  const day = new Date(line.at * 1000).toLocaleDateString("sv-SE");
  const fields = hasFields(line) ? ` ${inShort(line.fields, 1000)}` : "";
  const traceback = line.traceback === null ? "" : `${line.traceback.trimEnd()}\n`;
  return `${day} ${exactTime(line.at)} ${line.level.toUpperCase().padEnd(7)} ${line.step || line.logger}  ${line.message}${fields}\n${traceback}`;
}

/** JSON with whole numbers of more digits than a number holds: bigints, where the browser tells them. To be read only. Pure. */

import { parsed, type Json } from "./json.js";

/** What a text says, to its last digit; `undefined` if it is no JSON. */
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

/** As `pretty`, also of what `parsedExactly` gave. */
export function prettyExactly(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === "bigint" ? digitsOf(part) : part), 2);
}

/** Browsers that tell digits can write them, too. */
function digitsOf(number: bigint): unknown {
  const { rawJSON = Number } = JSON as { readonly rawJSON?: (text: string) => unknown };
  return rawJSON(String(number));
}

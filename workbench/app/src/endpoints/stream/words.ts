/** An item as people read it: the text that it is about, and the rest. Pure. */

import type { Item } from "../../../../client/src/index.js";
import { pretty } from "../../json/json.js";

/** Longer than this, the rest has a line for each part. */
const MOST_ON_A_LINE = 300;
const MOST_SHOWN = 20_000;

export interface ReadItem {
  readonly rest: string;
  /** Its longest text; empty if it has none. */
  readonly words: string;
}

export function readItem({ id: _id, ...parts }: Item): ReadItem {
  const [longest] = Object.entries(parts)
    .filter((part): part is [string, string] => typeof part[1] === "string" && isWords(part[1]))
    .toSorted(([, one], [, other]) => other.length - one.length);
  if (longest === undefined) return { rest: inLines(parts), words: "" };
  const [name, words] = longest;
  return { rest: inLines(Object.fromEntries(Object.entries(parts).filter(([key]) => key !== name))), words };
}

/** Ids, times and links have no spaces, and are written in ASCII; so are no languages without spaces. */
function isWords(text: string): boolean {
  return /\S\s+\S|[^ -~]/.test(text);
}

function inLines(parts: object): string {
  const line = JSON.stringify(parts);
  return (line.length <= MOST_ON_A_LINE ? line : pretty(parts)).slice(0, MOST_SHOWN);
}

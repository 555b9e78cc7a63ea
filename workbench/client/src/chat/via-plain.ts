/** The last resort: a POST whose JSON answer is shown word by word. */

import { pause } from "../clock.js";
import { ChatFailure } from "./failure.js";
import { historyOf, json, post, wholeText } from "./post.js";
import type { Turn, Way, WayParts } from "./turn.js";

/** However long a text is, it takes no more steps than this: nobody waits a minute for what is there. */
const MOST_STEPS = 150;

export function viaPlain(parts: WayParts): Way {
  return {
    async run(turn) {
      const response = await post(parts, turn, { stream: false, history: historyOf(turn) }, "application/json");
      const text = wholeText(await json(response, turn));
      if (text === undefined) throw new ChatFailure("FAILED", "The server's answer has no text");
      await showWords(parts, turn, text);
    },
  };
}

/** Show a text that is all there as if it were being written. */
export async function showWords(parts: WayParts, turn: Turn, text: string): Promise<void> {
  for (const part of growing(text)) {
    turn.alive();
    turn.show(part);
    if (part.length < text.length) await pause(parts.access.clock, parts.wordInterval, turn.signal);
  }
}

/** `a b c` as `a `, `a b `, `a b c`; a long text in steps of several words. Pure. */
export function* growing(text: string): Generator<string, void, undefined> {
  const words = text.match(/\s*\S+\s*/g) ?? [text];
  const stride = Math.ceil(words.length / MOST_STEPS);
  let shown = "";
  for (let at = 0; at < words.length; at += stride) {
    shown += words.slice(at, at + stride).join("");
    yield shown;
  }
}

/**
 * The answer is the POST's own: events `chunk`, then `complete` or `error`. A connection that is lost
 * takes the rest with it; what came is kept, and the turn fails. So it does if the server ends the
 * answer and does not say that it is complete.
 */

import { readEvents, SseParser, type SseEvent } from "../sse-parser.js";
import { ChatFailure } from "./failure.js";
import { json, post, wholeText } from "./post.js";
import type { Turn, Way, WayParts } from "./turn.js";
import { showWords } from "./via-plain.js";

const LOST = "The connection was lost before the answer was complete";
const NOT_COMPLETE = "The server's answer ended without a `complete` event";
const NO_CONTENT = 'a `chunk` event had no content: its data is {"content": "…"}';

export function viaResponse(parts: WayParts): Way {
  return {
    async run(turn) {
      const response = await post(parts, turn, {}, "text/event-stream, application/json;q=0.9");
      const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream") ?? false;
      if (!isStream) {
        const text = wholeText(await json(response, turn));
        if (text === undefined) throw new ChatFailure("FAILED", "The server's answer has no text");
        await showWords(parts, turn, text);
        return;
      }
      turn.accepted();
      await readAnswer(response, turn);
    },
  };
}

async function readAnswer(response: Response, turn: Turn): Promise<void> {
  let text = "";
  let hint = "";
  try {
    for await (const event of eventsOf(response)) {
      turn.alive();
      const said = dataOf(event);
      if (event.event === "complete") {
        // A text of which nothing could be read is no empty one.
        if (text === "" && hint !== "") throw new ChatFailure("FAILED", `The server's answer has no text${hint}`);
        return;
      }
      if (event.event === "error") throw new ChatFailure("FAILED", String(said.error ?? "The answer failed"));
      if (event.event !== "chunk") continue;
      if (typeof said.content !== "string") {
        hint = `; ${NO_CONTENT}`;
        continue;
      }
      text += said.content;
      turn.show(text);
    }
  } catch (error) {
    throw error instanceof ChatFailure || turn.signal.aborted ? error : new ChatFailure("LOST", LOST);
  }
  throw new ChatFailure("FAILED", `${NOT_COMPLETE}${hint}`);
}

/** Where bodies cannot be read as they come, they come whole. */
async function* eventsOf(response: Response): AsyncGenerator<SseEvent, void, undefined> {
  if (response.body !== null) yield* readEvents(response.body);
  else yield* new SseParser().push(new Uint8Array(await response.arrayBuffer()));
}

function dataOf({ data }: SseEvent): Readonly<Record<string, unknown>> {
  try {
    const said: unknown = JSON.parse(data);
    return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

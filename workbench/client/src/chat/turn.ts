/** One question and its answer, as the ways to the server see it. No code but the one race. */

import type { Access } from "../options.js";
import type { ChatMessage } from "./types.js";

export interface Turn {
  readonly text: string;
  /** Aborted by `stop()`, `close()`, or when nothing comes for too long. */
  readonly signal: AbortSignal;
  /** What was said before, without failed answers. */
  readonly history: readonly ChatMessage[];
  /** A sign that the answer is still being made. */
  alive(): void;
  /** The server has the question. */
  accepted(): void;
  /** The answer so far. */
  show(text: string): void;
}

/** What all ways need to know of a chat. */
export interface Way {
  /** Ends when the answer has; throws ChatFailure if there is none. */
  run(turn: Turn): Promise<void>;
}

export interface WayParts {
  readonly base: string;
  readonly access: Access;
  readonly url: string;
  /** What is sent with each message, beside it. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly wordInterval: number;
}

/** Wait; ends at once, with an error, when the signal is aborted. */
export function pause(access: Access, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      access.clock.clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = access.clock.setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** One question and its answer, as the ways to the server see it. No code. */

import type { Access } from "../options.js";
import type { ChatMessage } from "./types.js";

export interface Turn {
  readonly text: string;
  /** Aborted by `stop()`, `close()`, or when nothing comes for too long. */
  readonly signal: AbortSignal;
  /** What was said before, without failed answers and those to others. */
  readonly history: readonly ChatMessage[];
  /** A sign that the answer is still being made. */
  alive(): void;
  /** The server has the question. */
  accepted(): void;
  /** The answer so far. */
  show(text: string): void;
}

export interface Way {
  /** Ends when the answer has; throws ChatFailure if there is none. */
  run(turn: Turn): Promise<void>;
  /** Hear also what comes without a question. Open already, it does nothing. */
  open?(): void;
  /** Hear nothing more, until it is opened again. */
  close?(): void;
  /** `stop()` was said to the turn that has just ended. */
  freeze?(): void;
}

/** What all ways need to know of a chat. */
export interface WayParts {
  readonly base: string;
  readonly access: Access;
  /** Empty for a way that posts nothing. */
  readonly url: string;
  /** What is sent with each message, beside it. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly wordInterval: number;
}

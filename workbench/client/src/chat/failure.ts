/** Why a turn ended without an answer. */

import type { ChatError, ChatErrorCode } from "./types.js";

export class ChatFailure extends Error {
  readonly error: ChatError;

  constructor(code: ChatErrorCode, message: string, more: { status?: number; retryAfter?: number } = {}) {
    super(message);
    this.error = Object.freeze({ code, message, ...more });
  }
}

/** Any error as one to show. */
export function chatError(error: unknown): ChatError {
  if (error instanceof ChatFailure) return error.error;
  return Object.freeze({ code: "FAILED", message: error instanceof Error ? error.message : String(error) });
}

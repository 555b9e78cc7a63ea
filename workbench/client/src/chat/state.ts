/**
 * What a chat shows, turn by turn. Pure: a state goes in, another comes out.
 *
 * `stored` are the messages that the server keeps, `local` those that only we have: what was just
 * said, or all of it where the server tells no messages.
 */

import type { ChatError, ChatMessage, ChatSnapshot, ChatStatus } from "./types.js";

export interface ChatState {
  readonly stored: readonly ChatMessage[];
  readonly local: readonly ChatMessage[];
  readonly status: ChatStatus;
  readonly error: ChatError | null;
  readonly conversationId: string;
  /** The ids of the turn that runs or that failed. */
  readonly turn: { readonly question: ChatMessage; readonly answerId: string } | null;
}

export function newChat(conversationId: string, messages: readonly ChatMessage[]): ChatState {
  return { stored: [], local: messages, status: "idle", error: null, conversationId, turn: null };
}

export function began(state: ChatState, text: string, ids: { question: string; answer: string }): ChatState {
  const question: ChatMessage = { id: ids.question, role: "user", text, status: "sending" };
  return {
    ...state,
    local: [...state.local, question],
    status: "sending",
    error: null,
    turn: { question, answerId: ids.answer },
  };
}

/** The server has the question. */
export function accepted(state: ChatState): ChatState {
  return changed(state, state.turn?.question.id, (message) => ({ ...message, status: "complete" }));
}

/** The answer is `text` so far. */
export function answered(state: ChatState, text: string): ChatState {
  if (state.turn === null) return state;
  const { answerId } = state.turn;
  const grown = accepted({ ...state, status: "streaming" });
  if (grown.local.some(({ id }) => id === answerId)) return changed(grown, answerId, (message) => ({ ...message, text }));
  return { ...grown, local: [...grown.local, { id: answerId, role: "assistant", text, status: "streaming" }] };
}

export function finished(state: ChatState): ChatState {
  const ended = changed(accepted(state), state.turn?.answerId, (message) => ({ ...message, status: "complete" }));
  return { ...ended, status: "idle", error: null, turn: null };
}

/** What came of the answer stays, and can be seen to be half of it. */
export function failed(state: ChatState, error: ChatError): ChatState {
  const { turn } = state;
  const isUnanswered = changed(state, turn?.question.id, (message) =>
    message.status === "sending" ? { ...message, status: "error", error } : message,
  );
  const ended = changed(isUnanswered, turn?.answerId, (message) => ({ ...message, status: "error", error }));
  return { ...ended, status: "error", error };
}

export function stopped(state: ChatState): ChatState {
  const ended = changed(accepted(state), state.turn?.answerId, (message) => ({ ...message, status: "stopped" }));
  return { ...ended, status: "idle", error: null, turn: null };
}

/** Without the turn that failed, to try it again. */
export function retried(state: ChatState): ChatState {
  const { turn } = state;
  if (turn === null) return state;
  const local = state.local.filter(({ id }) => id !== turn.question.id && id !== turn.answerId);
  return { ...state, local, status: "idle", error: null, turn: null };
}

/** What the server keeps is `messages` now; `isKnown`: the question of this turn is among them. */
export function stored(state: ChatState, messages: readonly ChatMessage[], isKnown: boolean): ChatState {
  const questionId = state.turn?.question.id;
  const local = isKnown ? state.local.filter(({ id }) => id !== questionId) : state.local;
  return { ...state, stored: messages, local };
}

/** Somebody else is being answered. */
export function overheard(state: ChatState, message: ChatMessage): ChatState {
  const isKnown = state.local.some(({ id }) => id === message.id);
  return isKnown ? changed(state, message.id, () => message) : { ...state, local: [...state.local, message] };
}

/** The answer's id is the server's. */
export function renamed(state: ChatState, ids: { conversationId: string; answerId: string | undefined }): ChatState {
  const turn = state.turn === null ? null : { ...state.turn, answerId: ids.answerId ?? state.turn.answerId };
  return { ...state, conversationId: ids.conversationId, turn };
}

/** What is shown of a state; `before` if that says the same. */
export function shown(state: ChatState, before: ChatSnapshot | null): ChatSnapshot {
  const all = [...state.stored, ...state.local];
  const isSame = before?.messages.length === all.length && all.every((message, at) => message === before.messages[at]);
  const messages = isSame ? before.messages : Object.freeze(all);
  const { status, error, conversationId } = state;
  if (isSame && before.status === status && before.error === error && before.conversationId === conversationId)
    return before;
  return Object.freeze({ messages, status, error, conversationId });
}

function changed(state: ChatState, id: string | undefined, change: (message: ChatMessage) => ChatMessage): ChatState {
  return { ...state, local: state.local.map((message) => (message.id === id ? change(message) : message)) };
}

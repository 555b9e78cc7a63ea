/** The words of chats, and what a user may say about one. No code. */

import type { Connection } from "../connection.js";
import type { AccessOptions } from "../options.js";
import type { Item } from "../types.js";

/** `sending`: on its way. `streaming`: it grows. `stopped`: by `stop()`, so it may be half an answer. */
export type MessageStatus = "sending" | "streaming" | "complete" | "error" | "stopped";

/** Never changed: a change makes a new object. */
export interface ChatMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly status: MessageStatus;
  /** Of an answer to somebody else in the room: who asked. Only `socket.io`. */
  readonly name?: string;
  /** Of a message that failed here: why, also once the next one was sent. */
  readonly error?: ChatError;
}

/** `sending`: nothing of the answer has come. `streaming`: it grows. `error`: see `error`; `retry()`. */
export type ChatStatus = "idle" | "sending" | "streaming" | "error";

/**
 * `NETWORK`: the server cannot be reached. `HTTP`: it answered with `status`. `FAILED`: it says that
 * the answer failed, or ends it too early. `LOST`: the connection ended in mid-answer and what is missing cannot be had.
 * `TIMEOUT`: nothing came for too long. `REFUSED`: the stream may not be watched, or the socket not be opened.
 */
export type ChatErrorCode = "NETWORK" | "HTTP" | "FAILED" | "LOST" | "TIMEOUT" | "REFUSED";

export interface ChatError {
  readonly code: ChatErrorCode;
  readonly message: string;
  /** Of an `HTTP` error. */
  readonly status?: number;
  /** Seconds that the server asks to wait before the next message. */
  readonly retryAfter?: number;
}

/** What a chat shows. The same object until something changes. */
export interface ChatSnapshot {
  readonly messages: readonly ChatMessage[];
  readonly status: ChatStatus;
  readonly error: ChatError | null;
  readonly conversationId: string;
}

/** The part of a Socket.IO client's socket that is used. What `io()` gives fits. */
export interface SocketLike {
  readonly connected: boolean;
  /** Whether it connects by itself, now or again. */
  readonly active: boolean;
  connect(): unknown;
  // `any`: each event brings something else, and sockets of typed events take nothing less.
  on(event: string, listener: (...said: any[]) => void): unknown;
  off(event: string, listener: (...said: any[]) => void): unknown;
  emit(event: string, ...said: any[]): unknown;
}

export type ChatVia = ChatOptions["via"];

export type ChatOptions = CommonChatOptions & (PostedChatOptions | SocketChatOptions);

export interface PostedChatOptions {
  /**
   * How answers come. `stream`: as items of a stream's group. `response`: as events of the POST's own
   * answer. `messages`: as bare items over a WebSocket of their own. `plain`: as JSON, all at once.
   */
  readonly via: "stream" | "response" | "messages" | "plain";
  /** Where messages are posted: a path on the server, or a whole address. */
  readonly url: string;
  readonly socket?: undefined;
}

export interface SocketChatOptions {
  /** Questions and answers are events of a Socket.IO socket. */
  readonly via: "socket.io";
  /** It stays the caller's, who joins rooms and closes it. One chat at a time. */
  readonly socket: SocketLike;
  readonly url?: undefined;
}

export interface CommonChatOptions extends AccessOptions {
  /** The server's address. Default: the connection's, else the page's own. */
  readonly server?: string | URL;
  /** Default: a new one. */
  readonly conversationId?: string;
  /** Sent along, if given. */
  readonly sessionId?: string;
  /** Sent along, if given; `messages` makes one, since it names the group of the answers. */
  readonly userId?: string;
  /** Sent along with each message. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** What was said before; not for `stream`, which knows. */
  readonly messages?: readonly ChatMessage[];
  /** The stream of the answers. Default: `conversation` (stream), `chat-messages` (messages). */
  readonly stream?: string;
  /** Only `stream`: watched through this connection. Default: one of the chat's own. */
  readonly connection?: Connection;
  /** Only `stream`: what an item says. Default: `from`/`role`, `message`/`text`/`content`, `status`. */
  readonly toMessage?: (item: Item) => ChatMessage;
  /** Milliseconds without a sign of the answer after which it counts as failed. Default 60,000. */
  readonly timeout?: number;
  /** Milliseconds between two words of an answer that came all at once. Default 30. */
  readonly wordInterval?: number;
}

/** `motia-stream`: watch the streams of a motia_py server, and talk to its chats. */

export { connect, type Connection } from "./connection.js";
export { createChat, type Chat } from "./chat/chat.js";
export type {
  ChatError,
  ChatErrorCode,
  ChatMessage,
  ChatOptions,
  ChatSnapshot,
  ChatStatus,
  ChatVia,
  MessageStatus,
  PostedChatOptions,
  SocketChatOptions,
  SocketLike,
} from "./chat/types.js";
export type { Snapshot } from "./channel-state.js";
export type { Subscription } from "./subscription.js";
export type { Backoff } from "./backoff.js";
export type { Clock } from "./clock.js";
export type { AccessOptions, ConnectOptions, WebSocketLike, WebSocketMaker } from "./options.js";
export { SseParser, readEvents, type SseEvent } from "./sse-parser.js";
export type {
  ConnectionStatus,
  Identified,
  Item,
  StreamError,
  StreamEvent,
  SubscriptionStatus,
  TransportName,
} from "./types.js";

/** The ways that an answer can take, as the page offers them. No code. */

import type { ConnectOptions, PostedChatOptions, SocketChatOptions, TransportName } from "motia-stream";

interface Described {
  readonly id: string;
  readonly name: string;
  readonly about: string;
}

export interface PostedTransport extends Described {
  /** What the chat is told. */
  readonly via: PostedChatOptions["via"];
  readonly url: string;
  /** Of the connection, for those that watch a stream. */
  readonly connects?: ConnectOptions;
}

export interface SocketTransport extends Described {
  readonly via: SocketChatOptions["via"];
  readonly connects?: undefined;
}

export type Transport = PostedTransport | SocketTransport;

/** What the automatic one has come to. */
export const IN_USE: Readonly<Record<TransportName, string>> = {
  websocket: "Now: WebSocket.",
  sse: "Now: server-sent events.",
  polling: "Now: polling.",
};

/** Milliseconds: often enough to see an answer grow. */
const POLL_INTERVAL = 200;
const STREAM = { via: "stream", url: "/chat" } as const;

export const AUTOMATIC: Transport = {
  id: "automatic",
  name: "Automatic",
  about: "The best that works: WebSocket, else server-sent events, else polling.",
  ...STREAM,
  connects: { pollInterval: POLL_INTERVAL },
};

export const TRANSPORTS: readonly Transport[] = [
  AUTOMATIC,
  {
    id: "websocket",
    name: "WebSocket",
    about: "POST /chat; the answer grows in the stream “conversation”, watched over a WebSocket.",
    ...STREAM,
    connects: { transports: ["websocket"] },
  },
  {
    id: "sse",
    name: "Server-sent events",
    about: "POST /chat; the answer grows in the stream “conversation”, watched as server-sent events.",
    ...STREAM,
    connects: { transports: ["sse"] },
  },
  {
    id: "polling",
    name: "Polling",
    about: "POST /chat; the stream “conversation” is looked at five times a second.",
    ...STREAM,
    connects: { transports: ["polling"], pollInterval: POLL_INTERVAL },
  },
  {
    id: "response",
    name: "Streaming response",
    about: "POST /chat/stream; its own response brings the answer as events.",
    via: "response",
    url: "/chat/stream",
  },
  {
    id: "messages",
    name: "Raw WebSocket",
    about: "POST /api/chat/stream; each token is a frame of a bare WebSocket.",
    via: "messages",
    url: "/api/chat/stream",
  },
  {
    id: "plain",
    name: "Plain POST",
    about: "POST /api/chat/stream without streaming; the whole answer is shown word by word.",
    via: "plain",
    url: "/api/chat/stream",
  },
  {
    id: "socket.io",
    name: "Socket.IO",
    about: "The event “stream-chat”; who is in the same room sees the answer, too.",
    via: "socket.io",
  },
];

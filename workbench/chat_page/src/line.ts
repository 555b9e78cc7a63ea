/** How the way to the server is, in one word, for ways with a connection that lasts and without. */

import type { ChatSnapshot, ConnectionStatus, PostedChatOptions, WebSocketMaker } from "motia-stream";

/** `ready`: nothing is open because nothing is asked. */
export type LineState = "ready" | "connecting" | "open" | "reconnecting" | "closed";
export type SocketState = "connecting" | "open" | "closed";

interface Parts {
  readonly connection: ConnectionStatus;
  /** Of a socket that lives as long as an answer. */
  readonly socket: SocketState;
  readonly chat: Pick<ChatSnapshot, "messages" | "status">;
}

export function lineState(via: PostedChatOptions["via"], { connection, socket, chat }: Parts): LineState {
  if (via === "stream") return connection === "idle" ? "closed" : connection;
  if (chat.status !== "sending" && chat.status !== "streaming") return "ready";
  if (via === "messages") return socket === "closed" ? "reconnecting" : socket;
  // The request is the connection; it is open once the server has taken the message.
  return chat.messages.at(-1)?.status === "sending" ? "connecting" : "open";
}

/** The browser's WebSocket, which tells how the newest of them is. */
export function watchedSocket(told: (state: SocketState) => void): WebSocketMaker {
  let newest: WebSocket | null = null;
  return class extends WebSocket {
    constructor(url: string, protocols?: string[]) {
      super(url, protocols);
      newest = this;
      const tell = (state: SocketState) => () => {
        if (newest === this) told(state);
      };
      this.addEventListener("open", tell("open"));
      this.addEventListener("close", tell("closed"));
      told("connecting");
    }
  } as WebSocketMaker;
}

/** One conversation over one transport that posts its questions. */

import { useChat, useConnectionStatus } from "motia-stream/react";
import { useState, type ReactNode } from "react";
import { ChatFrame, type Draft } from "./chat-frame.js";
import { lineState, watchedSocket, type SocketState } from "./line.js";
import { useEarlier, useKept, type Said } from "./said.js";
import { AUTOMATIC, IN_USE, type PostedTransport } from "./transports.js";

export interface ChatViewProps extends Draft {
  readonly transport: PostedTransport;
  readonly conversationId: string;
  readonly said: Said;
}

export function ChatView({ transport, conversationId, said, ...draft }: ChatViewProps): ReactNode {
  const { id, via, url, about } = transport;
  const [socket, setSocket] = useState<SocketState>("closed");
  const [WatchedSocket] = useState(() => watchedSocket(setSocket));
  const earlier = useEarlier(said, id);
  // With an address of its own it does not take the page's connection, whose socket is not watched.
  const own = via === "stream" ? {} : { server: location.origin, WebSocket: WatchedSocket, messages: earlier };
  const chat = useChat({ via, url, conversationId, ...own });
  const connection = useConnectionStatus();
  useKept(said, id, via === "stream" ? null : chat.messages);

  const inUse = transport === AUTOMATIC && connection.transport !== null ? ` ${IN_USE[connection.transport]}` : "";
  const state = lineState(via, { connection: connection.status, socket, chat });
  return <ChatFrame chat={chat} line={{ state, about: about + inUse, isLasting: via === "stream" }} {...draft} />;
}

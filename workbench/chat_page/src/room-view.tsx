/** One conversation over Socket.IO, and the room that hears it. */

import { useChat } from "motia-stream/react";
import type { ReactNode } from "react";
import type { Socket } from "socket.io-client";
import { Alert, ChatFrame, Line, type ChatFrameProps, type Draft } from "./chat-frame.js";
import { RoomForm } from "./room-form.js";
import { useEarlier, useKept, type Said } from "./said.js";
import type { SocketTransport } from "./transports.js";
import { useRoom } from "./use-room.js";
import { useSocket } from "./use-socket.js";

interface Conversation extends Draft {
  readonly transport: SocketTransport;
  readonly conversationId: string;
  readonly said: Said;
}

export function RoomView(conversation: Conversation): ReactNode {
  const { socket, state, trouble, wasRetried } = useSocket();
  const line = { state, about: conversation.transport.about, isLasting: true };
  if (socket !== null) return <Hall socket={socket} line={line} trouble={trouble} takesFocus={wasRetried} {...conversation} />;
  return (
    <>
      <Line {...line} />
      <Alert problem={trouble} />
    </>
  );
}

type HallProps = Conversation & Pick<ChatFrameProps, "line" | "trouble" | "takesFocus"> & { readonly socket: Socket };

/** A new conversation does not leave the room. */
function Hall(props: HallProps): ReactNode {
  const membership = useRoom(props.socket);
  return (
    <RoomChat key={props.conversationId} {...props}>
      <RoomForm {...membership} />
    </RoomChat>
  );
}

function RoomChat({ socket, transport, conversationId, said, ...frame }: HallProps & Pick<ChatFrameProps, "children">): ReactNode {
  const earlier = useEarlier(said, transport.id);
  const chat = useChat({ via: "socket.io", socket, conversationId, messages: earlier });
  useKept(said, transport.id, chat.messages);
  return <ChatFrame chat={chat} {...frame} />;
}

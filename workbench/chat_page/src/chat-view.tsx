/** One conversation over one transport. */

import type { ChatError, ChatMessage } from "motia-stream";
import { useChat, useConnectionStatus } from "motia-stream/react";
import { useEffect, useState, type ReactNode } from "react";
import { Composer } from "./composer.js";
import { ConversationView } from "./conversation-view.js";
import { lineState, watchedSocket, type SocketState } from "./line.js";
import { AUTOMATIC, IN_USE, type Transport } from "./transports.js";
import { useFinishedAnswer } from "./use-finished-answer.js";

export interface ChatViewProps {
  readonly transport: Transport;
  readonly conversationId: string;
  readonly said: Map<string, readonly ChatMessage[]>;
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
}

export function ChatView({ transport, conversationId, said, draft, onDraft }: ChatViewProps): ReactNode {
  const { id, via, url, about } = transport;
  const [socket, setSocket] = useState<SocketState>("closed");
  const [WatchedSocket] = useState(() => watchedSocket(setSocket));
  const [earlier] = useState(() => (said.get(id) ?? []).map(ended));
  // With an address of its own it does not take the page's connection, whose socket is not watched.
  const own = via === "stream" ? {} : { server: location.origin, WebSocket: WatchedSocket, messages: earlier };
  const chat = useChat({ via, url, conversationId, ...own });
  const { messages, status, error } = chat;
  const connection = useConnectionStatus();
  const finished = useFinishedAnswer(messages, status);
  const isBusy = status === "sending" || status === "streaming";
  useEffect(() => {
    if (via !== "stream") said.set(id, messages);
  }, [said, id, via, messages]);

  const inUse = transport === AUTOMATIC && connection.transport !== null ? ` ${IN_USE[connection.transport]}` : "";
  const state = lineState(via, { connection: connection.status, socket, chat });
  return (
    <>
      {/* Only a connection that is meant to last is worth telling of. */}
      <p className="line">
        <span className={`state ${state}`} role={via === "stream" ? "status" : undefined}>{state}</span>
        <span className="soft" id="about">{about}{inUse}</span>
      </p>
      <ConversationView messages={messages} status={status} />
      <div role="alert">{error !== null && <Problem error={error} onRetry={() => void chat.retry()} />}</div>
      <div className="unseen" aria-live="polite">
        {finished !== null && <p key={finished.id}>{finished.text}</p>}
      </div>
      <Composer
        draft={draft}
        onDraft={onDraft}
        isBusy={isBusy}
        onSend={(text) => void chat.send(text)}
        onStop={chat.stop}
      />
    </>
  );
}

function Problem({ error, onRetry }: { error: ChatError; onRetry: () => void }): ReactNode {
  const wait = error.retryAfter === undefined ? "" : ` Wait ${error.retryAfter} seconds.`;
  return (
    <p className="problem">
      <span>{error.message.replace(/[.!]?$/, ".")}{wait}</span>
      <button type="button" onClick={onRetry}>Retry</button>
    </p>
  );
}

/** Nobody hears the rest of it any more. */
function ended(message: ChatMessage): ChatMessage {
  return message.status === "sending" || message.status === "streaming" ? { ...message, status: "stopped" } : message;
}

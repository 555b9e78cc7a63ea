/** What was said, newest last, and the way back to it for who has scrolled up. */

import type { ChatMessage, ChatStatus } from "motia-stream";
import { memo, useEffect, type ReactNode } from "react";
import { useAutoScroll } from "./use-auto-scroll.js";

/** A word under a message that did not go as it should; undefined for others. */
function noteOf({ role, status, error }: ChatMessage): string | undefined {
  if (status === "stopped") return role === "user" ? "stopped" : "stopped here";
  if (status !== "error") return undefined;
  if (role === "assistant") return "incomplete";
  const code = error?.status ?? 0;
  // A 503 is a server that takes nothing now. Whether a question without any answer has reached the server, nobody knows.
  return (code >= 400 && code < 500) || code === 503 ? "refused" : "no answer";
}

export function ConversationView({ messages, status }: { messages: readonly ChatMessage[]; status: ChatStatus }): ReactNode {
  // Where the answer has no message of its own yet, its place is shown.
  const isAwaited = status === "sending" && messages.findLast(({ name }) => name === undefined)?.role === "user";
  const { box, isFollowing, onScroll, follow } = useAutoScroll(messages, isAwaited);
  useEffect(() => {
    // Whoever says something wants to see what comes of it.
    if (status === "sending") follow();
  }, [status, follow]);
  const jump = (): void => {
    follow();
    // The button is about to go, and the focus would go with it.
    box.current?.focus();
  };
  return (
    <div className="frame">
      <ol id="conversation" ref={box} tabIndex={0} aria-label="Conversation" onScroll={onScroll}>
        {messages.map((message) => (
          <MessageView key={message.id} message={message} />
        ))}
        {isAwaited && <li className="assistant"><Typing /></li>}
      </ol>
      {!isFollowing && (
        <button className="jump" type="button" onClick={jump}>Jump to latest</button>
      )}
    </div>
  );
}

const MessageView = memo(function MessageView({ message }: { message: ChatMessage }): ReactNode {
  const { role, status, text, name } = message;
  const note = noteOf(message);
  return (
    <li className={`${role} ${status}`}>
      {name === undefined ? (
        <span className="unseen">{role === "user" ? "You: " : "Answer: "}</span>
      ) : (
        <small className="name">{answerTo(name)}</small>
      )}
      {status === "streaming" && text === "" ? <Typing /> : <span className="text">{text}</span>}
      {note !== undefined && <small className="note">{note}</small>}
    </li>
  );
});

/** What stands above an answer to somebody else. */
export function answerTo(name: string): string {
  return `Answer to ${name}`;
}

function Typing(): ReactNode {
  return (
    <span className="typing">
      <span className="unseen">The answer is being written</span>
      <i /><i /><i />
    </span>
  );
}

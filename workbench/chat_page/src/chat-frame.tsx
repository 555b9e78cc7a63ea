/** What a page shows of a chat, whichever way its answers come. */

import type { ChatError, ChatMessage } from "motia-stream";
import type { UseChat } from "motia-stream/react";
import type { ReactNode } from "react";
import { Composer } from "./composer.js";
import { answerTo, ConversationView } from "./conversation-view.js";
import type { LineState } from "./line.js";
import { useFinishedAnswer } from "./use-finished-answer.js";

export interface Draft {
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
}

export interface ChatFrameProps extends Draft {
  readonly chat: UseChat;
  readonly line: LineProps;
  /** What is wrong without anything having been said. */
  readonly trouble?: ProblemProps | null;
  readonly takesFocus?: boolean;
  /** Stands above the conversation. */
  readonly children?: ReactNode;
}

export function ChatFrame({ chat, line, trouble = null, takesFocus = false, draft, onDraft, children }: ChatFrameProps): ReactNode {
  const { messages, status, error } = chat;
  const finished = useFinishedAnswer(messages, status);
  const problem = error === null ? trouble : { error, onRetry: () => void chat.retry() };
  return (
    <>
      <Line {...line} />
      {children}
      <ConversationView messages={messages} status={status} />
      <Alert problem={problem} />
      <div className="unseen" aria-live="polite">
        {finished !== null && <p key={finished.id}>{spoken(finished)}</p>}
      </div>
      <Composer
        draft={draft}
        onDraft={onDraft}
        takesFocus={takesFocus}
        isBusy={status === "sending" || status === "streaming"}
        onSend={(text) => void chat.send(text)}
        onStop={chat.stop}
      />
    </>
  );
}

export interface LineProps {
  readonly state: LineState;
  readonly about: string;
  /** Only a connection that is meant to last is worth telling of. */
  readonly isLasting: boolean;
}

export function Line({ state, about, isLasting }: LineProps): ReactNode {
  return (
    <p className="line">
      <span className={`state ${state}`} role={isLasting ? "status" : undefined}>{state}</span>
      <span className="soft" id="about">{about}</span>
    </p>
  );
}

export interface ProblemProps {
  readonly error: Pick<ChatError, "message" | "retryAfter">;
  readonly onRetry: () => void;
}

export function Alert({ problem }: { problem: ProblemProps | null }): ReactNode {
  return <div role="alert">{problem !== null && <Problem {...problem} />}</div>;
}

function Problem({ error, onRetry }: ProblemProps): ReactNode {
  const wait = error.retryAfter === undefined ? "" : ` Wait ${error.retryAfter} seconds.`;
  return (
    <p className="problem">
      <span>{error.message.replace(/[.!]?$/, ".")}{wait}</span>
      <button type="button" onClick={onRetry}>Retry</button>
    </p>
  );
}

function spoken({ name, text }: ChatMessage): string {
  return name === undefined ? text : `${answerTo(name)}: ${text}`;
}

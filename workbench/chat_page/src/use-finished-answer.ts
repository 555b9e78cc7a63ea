/** The answer that has just become whole: what a screen reader says, instead of each token. */

import type { ChatMessage, ChatStatus } from "motia-stream";
import { useEffect, useRef, useState } from "react";

/** null until one has ended while the page was looking; what was there before is no news. */
export function useFinishedAnswer(messages: readonly ChatMessage[], status: ChatStatus): ChatMessage | null {
  const [finished, setFinished] = useState<ChatMessage | null>(null);
  const growing = useRef(new Set<string>());
  const before = useRef(status);
  useEffect(() => {
    const answers = messages.filter(({ role }) => role === "assistant");
    const done = answers.filter((answer) => {
      if (answer.status === "streaming") growing.current.add(answer.id);
      else if (growing.current.delete(answer.id)) return answer.status === "complete";
      return false;
    });
    // One that came so fast that it was never seen to grow.
    const hasEnded = before.current !== status && before.current !== "error" && status === "idle";
    before.current = status;
    const last = answers.findLast(({ name }) => name === undefined);
    const told = done.at(-1) ?? (hasEnded && last?.status === "complete" ? last : undefined);
    if (told !== undefined) setFinished(told);
  }, [messages, status]);
  return finished;
}

/** What was said where the server keeps no messages: shown again when its transport is chosen again. */

import type { ChatMessage } from "motia-stream";
import { useEffect, useState } from "react";

/** By transport. */
export type Said = Map<string, readonly ChatMessage[]>;

/** What was said when the component came. */
export function useEarlier(said: Said, transport: string): readonly ChatMessage[] {
  const [earlier] = useState(() => (said.get(transport) ?? []).map(ended));
  return earlier;
}

/** Keep these messages; null: they are kept elsewhere. */
export function useKept(said: Said, transport: string, messages: readonly ChatMessage[] | null): void {
  useEffect(() => {
    if (messages !== null) said.set(transport, messages);
  }, [said, transport, messages]);
}

/** Nobody hears the rest of it any more. */
function ended(message: ChatMessage): ChatMessage {
  return message.status === "sending" || message.status === "streaming" ? { ...message, status: "stopped" } : message;
}

/** A Socket.IO socket for as long as a component is shown, and how it is. */

import { useEffect, useState } from "react";
import type { Socket } from "socket.io-client";
import type { ProblemProps } from "./chat-frame.js";
import type { LineState } from "./line.js";
import { loadSocketIo } from "./socket-io.js";

export interface SocketLine {
  /** null until Socket.IO's client is loaded. */
  readonly socket: Socket | null;
  readonly state: LineState;
  /** Why there is no connection, if it does not come by itself. */
  readonly trouble: ProblemProps | null;
  /** The user had to try again, by a button that is gone. */
  readonly wasRetried: boolean;
}

interface Line {
  readonly socket: Socket | null;
  readonly state: LineState;
  readonly trouble: string | null;
}

type Told = (news: Partial<Line>) => void;

const CONNECTING: Line = { socket: null, state: "connecting", trouble: null };

export function useSocket(): SocketLine {
  const [attempt, setAttempt] = useState(0);
  const [{ socket, state, trouble }, setLine] = useState(CONNECTING);
  useEffect(() => {
    const ending = new AbortController();
    const tell: Told = (news) => {
      if (!ending.signal.aborted) setLine((line) => ({ ...line, ...news }));
    };
    setLine(CONNECTING);
    loadSocketIo().then(
      // Shared with others of this page it would outlive this component.
      (io) => ending.signal.aborted || watch(io({ forceNew: true }), tell, ending.signal),
      (error: Error) => tell({ state: "closed", trouble: error.message }),
    );
    return () => ending.abort();
  }, [attempt]);
  const onRetry = (): void => setAttempt(attempt + 1);
  return { socket, state, trouble: trouble === null ? null : { error: { message: trouble }, onRetry }, wasRetried: attempt > 0 };
}

function watch(socket: Socket, tell: Told, ending: AbortSignal): void {
  let wasOpen = false;
  socket.on("connect", () => {
    wasOpen = true;
    tell({ state: "open", trouble: null });
  });
  socket.on("disconnect", () => {
    if (socket.active) tell({ state: "reconnecting" });
    else tell({ state: "closed", trouble: "The server has ended the connection" });
  });
  socket.on("connect_error", ({ message }) => {
    if (!socket.active) tell({ state: "closed", trouble: message });
    // One that has worked comes back, as the others do; of one that never did nobody knows.
    else if (!wasOpen) tell({ trouble: "The server cannot be reached over Socket.IO" });
  });
  ending.addEventListener("abort", () => socket.disconnect());
  tell({ socket });
}

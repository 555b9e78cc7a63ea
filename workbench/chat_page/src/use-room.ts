/** The room that a socket is in, also after it was lost and came back. */

import { useEffect, useRef, useState } from "react";
import type { Socket } from "socket.io-client";

export interface Room {
  readonly roomName: string;
  readonly participantName: string;
}

export interface Membership {
  /** null: in none. */
  readonly room: Room | null;
  /** What has happened last. */
  readonly news: string;
  readonly join: (room: Room) => Promise<void>;
  readonly leave: () => Promise<void>;
}

/** Milliseconds. */
const PATIENCE = 10_000;

export function useRoom(socket: Socket): Membership {
  const [room, setRoom] = useState<Room | null>(null);
  const [news, setNews] = useState("");
  const joined = useRef(room);
  const change = (now: Room | null, told: string): void => {
    joined.current = now;
    setRoom(now);
    setNews(told);
  };
  const join = async (wanted: Room): Promise<void> => {
    const error = await ask(socket, "join-room", wanted);
    if (error === null) change(wanted, `You are in “${wanted.roomName}” as ${wanted.participantName}.`);
    else change(null, `You are not in “${wanted.roomName}”: ${error}`);
  };
  const leave = async (): Promise<void> => {
    if (joined.current === null) return;
    const error = await ask(socket, "leave-room", joined.current);
    if (error === null) change(null, "You have left.");
    else setNews(error);
  };
  useEffect(() => {
    // The server has forgotten who was where.
    const rejoin = (): void => {
      if (joined.current !== null) void join(joined.current);
    };
    const come = ({ participantName }: Partial<Room>): void => setNews(`${participantName} has joined.`);
    const gone = ({ participantName }: Partial<Room>): void => setNews(`${participantName} has left.`);
    const listeners = { connect: rejoin, disconnect: () => setNews(""), "participant-joined": come, "participant-left": gone };
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
    return () => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
    };
  }, [socket]);
  return { room, news, join, leave };
}

/** Why it was not done; null if it was. */
async function ask(socket: Socket, event: string, room: Room): Promise<string | null> {
  try {
    const said: unknown = await socket.timeout(PATIENCE).emitWithAck(event, room);
    const { error } = (said ?? {}) as { readonly error?: unknown };
    return error === undefined ? null : String(error);
  } catch {
    return "the server does not answer.";
  }
}

/** The log as it is heard, for React: it changes once per frame, however much comes. */

import { useEffect } from "react";
import { create } from "zustand";
import { ask } from "../api/rest.js";
import type { Batch, LogsView, LogView } from "../api/types.js";
import { hearTopic } from "../live/topics.js";
import { MOST_LINES, withLines } from "./lines.js";

interface Log {
  readonly lines: readonly LogView[];
  readonly isLoaded: boolean;
  readonly error: Error | null;
  /** Another number for each server: its lines are counted anew. */
  readonly server: number;
}

const NOTHING: Log = { lines: [], isLoaded: false, error: null, server: 0 };

export const useLog = create<Log>(() => NOTHING);

let waiting: LogView[] = [];
let frame = 0;

/** Hear the log while a component stands. */
export function useLiveLog(): void {
  useEffect(() => {
    const end = hearTopic("logs", { onJoined: () => void loadLines(), onBatch: hear });
    return () => {
      end();
      // Who comes back asks for all: by then it may be another server.
      waiting = [];
      useLog.setState(NOTHING);
    };
  }, []);
}

/** Ask for all that the server keeps: what was before, and what was too much to be told. */
export async function loadLines(): Promise<void> {
  try {
    const { logs } = await ask<LogsView>(`/logs?limit=${MOST_LINES}`);
    useLog.setState(({ lines }) => ({ lines: withLines(lines, logs), isLoaded: true, error: null }));
  } catch (error) {
    useLog.setState({ error: error instanceof Error ? error : new Error(String(error)) });
  }
}

function hear(batch: Batch): void {
  // Nobody knows how many are missing: it is another server.
  if (batch.dropped < 0) startAnew();
  waiting.push(...batch.logs);
  if (waiting.length > MOST_LINES) waiting = waiting.slice(-MOST_LINES);
  if (frame === 0) frame = requestAnimationFrame(flush);
}

function flush(): void {
  frame = 0;
  const more = waiting;
  waiting = [];
  useLog.setState(({ lines }) => ({ lines: withLines(lines, more) }));
}

function startAnew(): void {
  waiting = [];
  useLog.setState(({ server }) => ({ lines: [], server: server + 1 }));
  void loadLines();
}

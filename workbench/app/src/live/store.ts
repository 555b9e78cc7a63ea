/** What the page knows live, for React: a store that changes ten times a second, however much comes. */

import { create } from "zustand";
import type { Batch, RunView } from "../api/types.js";
import { Activity, type Picture } from "./activity.js";
import type { LiveStatus } from "./connection.js";

interface Live extends Picture {
  readonly status: LiveStatus;
  /** Grows with each change of the runs that are kept. */
  readonly heard: number;
  /** Runs that were never told, since the page was opened; -1 if nobody knows how many. */
  readonly dropped: number;
}

/** Runs that wait for the next frame. A tab in the background has none, so this is bounded too. */
const MOST_WAITING = 10_000;

const activity = new Activity();

export const useLive = create<Live>(() => ({ ...activity.picture(), status: "connecting", heard: 0, dropped: 0 }));

/** Between two changes: more often, nobody could read what changes. */
const FLUSH_MS = 100;

let waiting: RunView[] = [];
let isPlanned = false;
let flushedAt = -FLUSH_MS;

/** Take in a batch of runs; it is seen soon, with the next frame. */
export function hearRuns(batch: Batch): void {
  if (batch.dropped !== 0) missed(batch.dropped);
  waiting.push(...batch.runs);
  if (waiting.length > MOST_WAITING) {
    missed(waiting.length - MOST_WAITING);
    waiting = waiting.slice(-MOST_WAITING);
  }
  if (isPlanned) return;
  isPlanned = true;
  setTimeout(() => requestAnimationFrame(flush), Math.max(0, flushedAt + FLUSH_MS - performance.now()));
}

function flush(now: number): void {
  isPlanned = false;
  flushedAt = now;
  const runs = waiting;
  waiting = [];
  useLive.setState(({ heard }) => ({ ...activity.hear(runs, now), heard: heard + 1 }));
}

function missed(count: number): void {
  useLive.setState(({ dropped }) => ({
    ...activity.forgetRunning(),
    dropped: count < 0 || dropped < 0 ? -1 : dropped + count,
  }));
}

/** The graph was asked for anew: what it says is counted from. */
export function countFromHere(): void {
  useLive.setState(activity.rebase());
}

/** The server is another one. */
export function forgetAll(): void {
  waiting = [];
  useLive.setState(({ heard }) => ({ ...activity.clear(), heard: heard + 1, dropped: 0 }));
}

/** The person has read that something is missing. */
export function acceptDropped(): void {
  useLive.setState({ dropped: 0 });
}

/** The runs of a trace that were heard, oldest first. */
export function runsOfTrace(id: string): readonly RunView[] {
  return [...activity.runs.values()].filter((run) => run.traceId === id);
}

/** The runs of a step that were heard, oldest first. */
export function runsOfStep(step: string): readonly RunView[] {
  return [...activity.runs.values()].filter((run) => run.step === step);
}

/** The times of a trace, for the scrubber. Pure; milliseconds since its first run began. */

import { endOf } from "../api/runs.js";
import type { RunView } from "../api/types.js";

export interface Moment {
  readonly at: number;
  readonly kind: "begin" | "end" | "failure";
  readonly step: string;
}

export interface Playback {
  /** Seconds since the epoch. */
  readonly from: number;
  readonly milliseconds: number;
  /** Begins and ends of all runs, in their order. */
  readonly moments: readonly Moment[];
}

/** However short or long a trace was, to play it takes about this long. */
const SHORTEST_MS = 2_500;
const LONGEST_MS = 12_000;
/** Two times that lie closer are one for who goes from moment to moment. */
const SAME_MS = 0.01;

export function playbackOf(runs: readonly RunView[]): Playback {
  const from = Math.min(...runs.map((run) => run.startedAt));
  const moments = runs.flatMap((run) => momentsOf(run, from)).sort((one, other) => one.at - other.at);
  return { from, milliseconds: Math.max(moments.at(-1)?.at ?? 0, 0.1), moments };
}

function momentsOf(run: RunView, from: number): Moment[] {
  const begin: Moment = { at: (run.startedAt - from) * 1000, kind: "begin", step: run.step };
  const end = endOf(run, Infinity);
  if (end === Infinity) return [begin];
  return [begin, { at: (end - from) * 1000, kind: run.status === "error" ? "failure" : "end", step: run.step }];
}

/** Milliseconds of the trace that pass in one millisecond of playing. */
export function paceOf({ milliseconds }: Playback): number {
  return milliseconds / Math.min(LONGEST_MS, Math.max(SHORTEST_MS, milliseconds));
}

export function momentAfter({ moments, milliseconds }: Playback, at: number): number {
  return moments.find((moment) => moment.at > at + SAME_MS)?.at ?? milliseconds;
}

export function momentBefore({ moments }: Playback, at: number): number {
  return moments.findLast((moment) => moment.at < at - SAME_MS)?.at ?? 0;
}

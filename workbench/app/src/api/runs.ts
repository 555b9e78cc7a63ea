/** What follows from what the server tells of a run. Pure; seconds since the epoch. */

import type { RunView } from "./types.js";

/** Its end; for one that still runs, now, which may be never. */
export function endOf(run: RunView, nowSeconds: number): number {
  return run.durationMs === null ? Math.max(nowSeconds, run.startedAt) : run.startedAt + run.durationMs / 1000;
}

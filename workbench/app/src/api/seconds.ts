/** When a run ended, and other sums of times that the server tells apart. Pure; seconds since the epoch. */

import type { RunView } from "./types.js";

/** Its end; for one that still runs, now. */
export function endOf(run: RunView, nowSeconds: number): number {
  return run.durationMs === null ? Math.max(nowSeconds, run.startedAt) : run.startedAt + run.durationMs / 1000;
}

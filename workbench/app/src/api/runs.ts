/** What follows from what the server tells of a run. Pure; seconds since the epoch. */

import type { RunView } from "./types.js";
import type { Standing } from "./words.js";

/** Of a run or of a whole trace. A step that gives an error away as its answer ended well, for the server. */
export function standingOf({ status, httpStatus }: Pick<RunView, "status" | "httpStatus">): Standing {
  if (status !== "ok" || httpStatus === null || httpStatus < 400) return status;
  return httpStatus < 500 ? "refused" : "error";
}

/** Of a whole trace, which `first` began: that of what failed or runs in it, else of its beginning. */
export function standingOfAll(first: RunView, runs: readonly RunView[]): Standing {
  if (runs.some(({ status }) => status === "running")) return "running";
  return runs.some((run) => standingOf(run) === "error") ? "error" : standingOf(first);
}

/** Its end; for one that still runs, now, which may be never. */
export function endOf(run: RunView, nowSeconds: number): number {
  return run.durationMs === null ? Math.max(nowSeconds, run.startedAt) : run.startedAt + run.durationMs / 1000;
}

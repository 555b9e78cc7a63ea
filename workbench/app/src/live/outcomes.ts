/** What became of traces that this page set off, from the runs as they are heard. */

import { useMemo } from "react";
import type { RunView } from "../api/types.js";
import type { RunStatus } from "../api/words.js";
import { runsOfTrace, useLive } from "./store.js";

/** Of a trace as a whole. `ranMs` is null while something in it runs. */
export interface TraceOutcome {
  readonly status: RunStatus;
  readonly runs: number;
  readonly ranMs: number | null;
  readonly error: string | null;
}

/** Null: nothing of it ran yet. */
export function outcomeOf(runs: readonly RunView[]): TraceOutcome | null {
  if (runs.length === 0) return null;
  const has = (status: RunStatus): boolean => runs.some((run) => run.status === status);
  const status = (["running", "error", "ok"] as const).find(has) ?? "skipped";
  const begin = Math.min(...runs.map(({ startedAt }) => startedAt));
  const end = Math.max(...runs.map(({ startedAt, durationMs }) => startedAt + (durationMs ?? 0) / 1000));
  return {
    status,
    runs: runs.length,
    ranMs: status === "running" ? null : (end - begin) * 1000,
    error: runs.find((run) => run.status === "error")?.error ?? null,
  };
}

export function useOutcome(trace: string | undefined): TraceOutcome | null {
  const heard = useLive((live) => live.heard);
  return useMemo(() => (trace === undefined ? null : outcomeOf(runsOfTrace(trace))), [trace, heard]);
}

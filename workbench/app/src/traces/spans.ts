/** The spans of a trace: as the server told them, with what was heard since. */

import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { traceQuery } from "../api/rest.js";
import type { OriginView, RunView, SpanView } from "../api/types.js";
import { runsOfTrace, useLive } from "../live/store.js";

/** While something runs it may write and log without a new run being told. */
const RUNNING_REFRESH_MS = 1000;
const TICK_MS = 100;
const STILL_TICK_MS = 1000;

export interface Spans {
  readonly spans: readonly SpanView[];
  /** The run that the trace runs again. */
  readonly replayOf: OriginView | null;
  /** There may have been more runs than are kept. */
  readonly isFull: boolean;
  readonly error: Error | null;
  readonly isRunning: boolean;
}

export function useSpans(trace: string): Spans {
  const { data, error } = useQuery({
    ...traceQuery(trace),
    refetchInterval: ({ state }) => (state.data?.spans.some(({ run }) => run.status === "running") === true ? RUNNING_REFRESH_MS : false),
  });
  const heard = useLive((live) => live.heard);
  // `heard` says that there may be others; it is no value of its own.
  const spans = useMemo(() => mergedSpans(data?.spans ?? [], runsOfTrace(trace)), [data, trace, heard]);
  return { spans, replayOf: data?.replayOf ?? null, isFull: data?.isFull ?? false, error: spans.length === 0 ? error : null, isRunning: spans.some(({ run }) => run.status === "running") };
}

/** Runs that were heard and not asked for yet did nothing that is known. The same list if nothing is new. */
export function mergedSpans(asked: readonly SpanView[], heard: readonly RunView[]): readonly SpanView[] {
  const byId = new Map(asked.map((span) => [span.run.id, span]));
  let isNew = false;
  for (const run of heard) {
    const known = byId.get(run.id);
    if (known !== undefined && (known.run.status !== "running" || run.status === "running")) continue;
    byId.set(run.id, { run, marks: known?.marks ?? [] });
    isNew = true;
  }
  return isNew ? [...byId.values()] : asked;
}

/** The time in seconds, often enough for bars that grow; it stands still when nothing runs. */
export function useTick(isRunning: boolean, everyMs = TICK_MS): number {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (!isRunning) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const timer = setInterval(() => setNow(Date.now() / 1000), isStill ? STILL_TICK_MS : everyMs);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}

/** What came of running something again, beside what came of it before. */

import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FlaskConical, GanttChart, LoaderCircle, Play } from "lucide-react";
import type { ReactNode } from "react";
import { effectsQuery } from "../api/replay.js";
import { ApiError } from "../api/rest.js";
import type { EffectsView } from "../api/types.js";
import { buttonLook } from "../parts/button.js";
import type { Attempt } from "./attempts.js";
import { ComparisonView } from "./comparison.js";
import type { Again } from "./replay.js";

/** A run that was set off is asked for this often until it ended; then its batches tell. */
const LOOK_MS = 400;

interface OutcomeProps {
  readonly again: Again;
  readonly attempt: Attempt;
  /** Shown once a replay went through. */
  readonly offer: ReactNode;
}

export function Outcome({ again, attempt, offer }: OutcomeProps): ReactNode {
  const before = useQuery(again.before);
  const replayed = useReplayed(attempt.kind === "replay" ? attempt.traceId : null, again);
  const after = attempt.kind === "rehearsal" ? attempt.effects : replayed.data;
  const isReplay = attempt.kind === "replay";
  const hasEnded = after !== undefined && after.status !== "running";
  return (
    <section aria-label={isReplay ? "Replayed" : "Rehearsed"} className="flex flex-col gap-3 border-t pt-4">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h3 className="flex grow items-center gap-2 text-[15px] font-semibold">
          {isReplay ? <Play size={16} aria-hidden className="text-accent" /> : <FlaskConical size={16} aria-hidden className="text-accent" />}
          {isReplay ? "Replayed for real" : "Rehearsed: nothing of this happened"}
        </h3>
        {isReplay && <Link to="/traces/{-$trace}" params={{ trace: attempt.traceId }} className={buttonLook()}><GanttChart size={14} aria-hidden className="text-accent" />Its trace</Link>}
      </header>
      <p role="status" className="sr-only">{hasEnded ? (after.status === "error" ? `It fails: ${after.error}` : "It goes through") : "It runs"}</p>
      {isReplay && hasEnded && after.status !== "error" && offer}
      {!hasEnded && <p className="flex items-center gap-2 text-[13px] text-soft"><LoaderCircle size={15} aria-hidden className="animate-spin text-accent" />{after === undefined ? "Waiting for its turn…" : "It runs…"}</p>}
      {hasEnded && <Traceback effects={after} />}
      {/* What is not remembered is no failure: there just is nothing. */}
      {hasEnded && !before.isPending && <ComparisonView before={before.data ?? null} after={after} />}
    </section>
  );
}

function useReplayed(trace: string | null, { step, trigger }: Again): UseQueryResult<EffectsView> {
  return useQuery({
    ...effectsQuery(trace ?? "", step, trigger),
    enabled: trace !== null,
    refetchInterval: ({ state: { data, error } }) => {
      const isOver = data !== undefined ? data.status !== "running" : error instanceof ApiError && error.status !== 404;
      return isOver ? false : LOOK_MS;
    },
  });
}

function Traceback({ effects: { traceback } }: { readonly effects: EffectsView }): ReactNode {
  if (traceback === null) return null;
  return (
    <details className="overflow-hidden rounded-xl border border-bad bg-bad-tint text-[13px]">
      <summary className="cursor-pointer px-3 py-1.5 text-bad -outline-offset-2">Traceback</summary>
      <pre tabIndex={0} aria-label="Traceback of the rehearsal" className="max-h-72 overflow-auto border-t border-bad/30 bg-card p-3 text-xs leading-5 -outline-offset-2">{traceback}</pre>
    </details>
  );
}

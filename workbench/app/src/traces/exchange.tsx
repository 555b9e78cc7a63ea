/** What a run was given, and what it answered: as far as the server remembers it, secrets masked. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { runEffectsQuery, runInputQuery } from "../api/replay.js";
import type { RunView } from "../api/types.js";
import { HttpStatus } from "../parts/http-status.js";
import { ValueFold } from "../parts/value-fold.js";
import { answeredOf, FORGOTTEN, givenOf, isGivenNothing, type ToldSide } from "./exchanged.js";

export function Exchange({ run }: { readonly run: RunView }): ReactNode {
  const given = useQuery(runInputQuery(run.traceId, run.id));
  const isAnswered = run.httpStatus !== null;
  const isRunning = run.status === "running";
  // What is asked for while it runs would be kept, and compared with later, as if that were all.
  const effects = useQuery({ ...runEffectsQuery(run.traceId, run.id), enabled: isAnswered && !isRunning });
  const response = effects.data?.response ?? null;
  if (!isAnswered && isGivenNothing(run, given.data)) return null;
  return (
    <div className="grid min-w-0 auto-rows-min gap-x-5 gap-y-3 lg:auto-cols-fr lg:grid-flow-col">
      <Side name="Given" told={given.data === undefined ? null : givenOf(given.data)} otherwise={given.error === null ? "Loading…" : FORGOTTEN} />
      {isAnswered && (
        <Side name="Answered" status={run.httpStatus} told={response === null ? null : answeredOf(response)} otherwise={isRunning ? "It still answers." : effects.isPending ? "Loading…" : FORGOTTEN} />
      )}
    </div>
  );
}

interface SideProps {
  readonly name: string;
  readonly status?: number | null;
  /** Null: there is nothing but `otherwise` to say. */
  readonly told: ToldSide | null;
  readonly otherwise: string;
}

function Side({ name, status = null, told, otherwise }: SideProps): ReactNode {
  const words = told === null ? otherwise : told.words;
  return (
    <section aria-label={name} className="flex min-w-0 flex-col gap-1.5">
      <h4 className="flex items-center gap-2 text-xs font-semibold text-soft">{name}<HttpStatus status={status} /></h4>
      {told?.request != null && <p className="font-mono text-[13px] break-all"><span className="font-semibold">{told.request.method}</span> {told.request.path}</p>}
      {words !== null && <p className="text-[13px] text-soft">{words}</p>}
      {told?.values.map(({ name: part, value, isOpen }) => <ValueFold key={part} name={part} value={value} isOpen={isOpen} />)}
    </section>
  );
}

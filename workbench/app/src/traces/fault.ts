/** Where a run failed, as far as its log tells. */

import { useQuery } from "@tanstack/react-query";
import { stepQuery, traceLogsQuery } from "../api/rest.js";
import type { RunView, StepView } from "../api/types.js";
import { lineIn, tracebackOf, type Told } from "./traceback.js";

export interface Fault {
  readonly told: Told | null;
  /** Null: it is not known yet, or not in the step's own file. */
  readonly place: { readonly step: StepView; readonly line: number } | null;
}

export function useFault(run: RunView): Fault {
  const { data: logs } = useQuery(traceLogsQuery(run.traceId));
  const { data: step } = useQuery(stepQuery(run.step));
  const told = tracebackOf(logs?.logs ?? [], run);
  const line = told === null || step === undefined ? null : lineIn(told.traceback, step.absoluteFile);
  return { told, place: step === undefined || line === null ? null : { step, line } };
}

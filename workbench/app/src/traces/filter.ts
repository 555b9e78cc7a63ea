/** Which traces the list shows. Pure. */

import { standingOf } from "../api/runs.js";
import type { GraphView, TraceSummary } from "../api/types.js";

/** As it stands in the address. */
export interface TraceFilter {
  readonly flow?: string | undefined;
  readonly step?: string | undefined;
  readonly status?: string | undefined;
  /** In the trace's id, a step's name, the trigger, the HTTP status or the error. */
  readonly q?: string | undefined;
  /** Begun in the last so many minutes. */
  readonly minutes?: string | undefined;
}

export function isFiltered(filter: TraceFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

export function filteredTraces(traces: readonly TraceSummary[], filter: TraceFilter, graph: GraphView | undefined, nowSeconds: number): readonly TraceSummary[] {
  if (!isFiltered(filter)) return traces;
  const flow = filter.flow === undefined ? null : new Set(graph?.flows.find(({ name }) => name === filter.flow)?.steps);
  const minutes = Number(filter.minutes);
  const since = minutes > 0 ? nowSeconds - minutes * 60 : -Infinity;
  const text = filter.q?.toLowerCase() ?? "";
  return traces.filter(
    (trace) =>
      (flow === null || trace.steps.some((step) => flow.has(step))) &&
      (filter.step === undefined || trace.steps.includes(filter.step)) &&
      (filter.status === undefined || hasStatus(trace, filter.status)) &&
      trace.startedAt >= since &&
      (text === "" || says(trace, text)),
  );
}

/** A condition that said no answers 422: that is skipped, and refused too. */
function hasStatus(trace: TraceSummary, status: string): boolean {
  if (status === "refused") return trace.httpStatus !== null && trace.httpStatus >= 400 && trace.httpStatus < 500;
  return standingOf(trace) === status;
}

function says(trace: TraceSummary, text: string): boolean {
  const texts = [trace.id, trace.trigger, trace.error ?? "", trace.httpStatus?.toString() ?? "", ...trace.steps];
  return texts.some((each) => each.toLowerCase().includes(text));
}

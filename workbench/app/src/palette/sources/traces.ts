/** The last traces; and any other by its id. */

import { GanttChart } from "lucide-react";
import type { Kind } from "../../parts/kinds.js";
import { STATUSES } from "../../parts/statuses.js";
import { clockTime } from "../../parts/times.js";
import { standingOf } from "../../api/runs.js";
import type { Standing } from "../../api/words.js";
import type { Entry } from "../entry.js";
import type { Known } from "../known.js";
import type { Go, Source } from "../sources.js";

const MOST = 20;

const COLOURS: Readonly<Record<Standing, string>> = { ok: "var(--good)", refused: "var(--warn)", error: "var(--bad)", running: "var(--accent)", skipped: "var(--soft)" };

export const traces: Source = ({ traces: known }, go) =>
  (known?.traces ?? []).slice(0, MOST).map((trace) => {
    const { id, step, trigger, httpStatus, error, startedAt, steps } = trace;
    const { icon, word } = STATUSES[standingOf(trace)];
    return {
      ...entryOf(id, step, { icon, colour: COLOURS[standingOf(trace)] }, go),
      note: `${error ?? (httpStatus === null ? word : `${word}, ${httpStatus}`)} · ${clockTime(startedAt)}`,
      keywords: ["trace", id, trigger, trace.status, word, httpStatus?.toString() ?? "", ...steps],
    };
  });

/** Of an id that is typed or pasted and that no entry has. */
export function pastedTrace(typed: string, { traces: known }: Pick<Known, "traces">, go: Go): readonly Entry[] {
  const id = typed.trim().toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(id) || known?.traces.slice(0, MOST).some((trace) => trace.id === id) === true) return [];
  return [{ ...entryOf(id, id, { icon: GanttChart, colour: "var(--accent)" }, go), note: "Open the trace", keywords: [] }];
}

function entryOf(id: string, name: string, icon: Kind, go: Go) {
  const act = (): void => go({ to: "/traces/{-$trace}", params: { trace: id }, search: {} }, `trace:${id}`);
  return { id: `trace:${id}`, group: "Traces", name, icon, isPassing: true, act } as const;
}

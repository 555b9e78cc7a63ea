/**
 * Takes a trace away as a file, with what is asked for only then: its log, what its runs were given
 * and answered, and whose project it is.
 */

import { runPath } from "../../api/replay.js";
import { ask } from "../../api/rest.js";
import type { EffectsView, LogsView, NodeView, ProjectView, RunInputView, RunView, SpanView } from "../../api/types.js";
import { fileName, saveText, saving } from "../../parts/save.js";
import type { Exchanged } from "./page-exchange.js";
import { tracePage } from "./page.js";

/** Of more runs than these it is not asked what they were given and answered: each takes two questions. */
const MOST_EXCHANGED = 50;

/** A trace as it stands on the screen. */
export interface ShownTrace {
  readonly trace: string;
  readonly spans: readonly SpanView[];
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** Seconds since the epoch. */
  readonly now: number;
}

export function saveTrace(shown: ShownTrace): Promise<void> {
  return saving("The trace", async () => {
    const [project, { logs }, exchanged] = await Promise.all([
      ask<ProjectView>("/project"),
      ask<LogsView>(`/logs?trace=${encodeURIComponent(shown.trace)}&limit=1000`),
      exchangedIn(shown.spans),
    ]);
    const name = fileName(project.name, shown.spans[0]?.run.step ?? "trace", shown.trace.slice(0, 8));
    saveText(tracePage({ ...shown, logs, exchanged, project }), `${name}.html`, "text/html");
  });
}

async function exchangedIn(spans: readonly SpanView[]): Promise<ReadonlyMap<string, Exchanged>> {
  const runs = spans.slice(0, MOST_EXCHANGED).map(({ run }) => run);
  return new Map(await Promise.all(runs.map(async (run) => [run.id, await exchangeOf(run)] as const)));
}

async function exchangeOf({ traceId, id, httpStatus }: RunView): Promise<Exchanged> {
  const path = runPath(traceId, id);
  // What is not remembered any more is left out; the page is made all the same.
  const [given, effects] = await Promise.all([
    ask<RunInputView>(`${path}/input`).catch(() => null),
    httpStatus === null ? null : ask<EffectsView>(`${path}/effects`).catch(() => null),
  ]);
  return { given, response: effects?.response ?? null };
}

/** Takes a trace away as a file, with what is asked for only then: its log, and whose project it is. */

import { ask } from "../../api/rest.js";
import type { LogsView, NodeView, ProjectView, SpanView } from "../../api/types.js";
import { fileName, saveText, saving } from "../../parts/save.js";
import { tracePage } from "./page.js";

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
    const [project, { logs }] = await Promise.all([
      ask<ProjectView>("/project"),
      ask<LogsView>(`/logs?trace=${encodeURIComponent(shown.trace)}&limit=1000`),
    ]);
    const name = fileName(project.name, shown.spans[0]?.run.step ?? "trace", shown.trace.slice(0, 8));
    saveText(tracePage({ ...shown, logs, project }), `${name}.html`, "text/html");
  });
}

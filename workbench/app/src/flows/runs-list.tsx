/** The last runs that went through the flow: one is chosen to see its path. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PanelLeftClose, Send } from "lucide-react";
import { memo, type ReactNode } from "react";
import { tracesQuery } from "../api/rest.js";
import { standingOf } from "../api/runs.js";
import type { NodeView, TraceSummary } from "../api/types.js";
import { Ago } from "../parts/ago.js";
import { buttonLook, IconButton } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { firstRoute } from "../parts/first-run.js";
import { HttpStatus } from "../parts/http-status.js";
import { Failed } from "../parts/notes.js";
import { StatusIcon } from "../parts/statuses.js";
import { counted, duration } from "../parts/times.js";

interface RunsListProps {
  readonly nodes: readonly NodeView[];
  readonly chosen: string | undefined;
  readonly onChoose: (trace: string) => void;
  readonly onClose: () => void;
}

export function RunsList({ nodes, chosen, onChoose, onClose }: RunsListProps): ReactNode {
  const { data, error, refetch } = useQuery(tracesQuery);
  const steps = new Set(nodes.map(({ id }) => id));
  const traces = data?.traces.filter((trace) => trace.steps.some((step) => steps.has(step))) ?? [];
  return (
    <div className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex h-12 shrink-0 items-center gap-2 pr-2 pl-4">
        <h2 className="grow text-[13px] font-semibold">Runs</h2>
        {data !== undefined && traces.length > 0 && <span className="text-xs text-soft">last {traces.length}</span>}
        <IconButton label="Hide the runs" onClick={onClose}><PanelLeftClose size={16} aria-hidden /></IconButton>
      </div>
      {error !== null && data === undefined && <Failed error={error} onRetry={() => void refetch()} />}
      {data !== undefined && traces.length === 0 && <NoRuns nodes={nodes} />}
      <ul className="relative min-h-0 grow overflow-y-auto px-2 pb-2">
        {traces.map((trace) => (
          <li key={trace.id}>
            <RunRow trace={trace} isChosen={trace.id === chosen} onChoose={onChoose} />
          </li>
        ))}
      </ul>
    </div>
  );
}

interface RunRowProps {
  readonly trace: TraceSummary;
  readonly isChosen: boolean;
  readonly onChoose: (trace: string) => void;
}

/** Drawn again only when its trace changed. */
const RunRow = memo(function RunRow({ trace, isChosen, onChoose }: RunRowProps): ReactNode {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={() => onChoose(trace.id)}
      className={classes("flex w-full items-start gap-2 rounded-lg px-2 py-2 text-left transition-colors", isChosen ? "bg-tint" : "hover:bg-page")}
    >
      <span className="mt-0.5"><StatusIcon status={standingOf(trace)} /></span>
      <span className="min-w-0 grow">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 truncate text-[13px] font-medium">{trace.step}</span>
          <HttpStatus status={trace.httpStatus} />
          <span className="grow" />
          <Ago at={trace.startedAt} className="text-xs whitespace-nowrap text-soft" />
        </span>
        <span className="flex gap-2 text-xs text-soft">
          <span className="grow truncate">{trace.error ?? counted(trace.steps.length, "step")}</span>
          <span className="whitespace-nowrap tabular-nums">{trace.durationMs === null ? "" : duration(trace.durationMs)}</span>
        </span>
      </span>
    </button>
  );
});

/** Says how to make the first run. */
function NoRuns({ nodes }: { readonly nodes: readonly NodeView[] }): ReactNode {
  const route = firstRoute(nodes);
  return (
    <div className="flex flex-col items-start gap-3 px-4 py-2 text-[13px] text-soft">
      <p>Nothing ran yet. A run appears here the moment it begins, and lights up its way on the graph.</p>
      {route !== null && (
        <Link to="/endpoints" search={{ endpoint: route.label }} className={buttonLook("main", "max-w-full")}>
          <Send size={14} aria-hidden />Send one<span className="min-w-0 truncate font-mono text-xs">{route.label}</span>
        </Link>
      )}
    </div>
  );
}

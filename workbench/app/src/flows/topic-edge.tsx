/** A topic from one step to another: its name, how often it was handed on, and that it is right now. */

import { BaseEdge, EdgeLabelRenderer, type Edge, type EdgeProps } from "@xyflow/react";
import { memo, useEffect, useState, type ReactNode } from "react";
import type { EdgeView } from "../api/types.js";
import { PULSE_MS, QUIET_EDGE, edgeKey, triggerOf } from "../live/activity.js";
import { useLive } from "../live/store.js";
import { classes } from "../parts/class-names.js";
import { short } from "../parts/times.js";
import { lineOf } from "./edge-path.js";
import { useLit } from "./lit.js";
import type { EdgeOnPath } from "./path.js";
import { useReadable } from "./readable.js";

export interface TopicEdgeData extends Record<string, unknown> {
  readonly view: EdgeView;
  /** Which of the edges between the same steps it is; 0 is the one in the middle. */
  readonly lane: number;
}
export type TopicEdgeType = Edge<TopicEdgeData, "topic">;


export const TopicEdge = memo(function TopicEdge({ id, data, ...ends }: EdgeProps<TopicEdgeType>): ReactNode {
  const view = data?.view;
  const hasPath = useLit((lit) => lit.path !== null);
  const onPath = useLit((lit) => lit.path?.edges.get(id));
  const activity = useLive((live) => (view === undefined ? QUIET_EDGE : (live.edges.get(keyOf(view)) ?? QUIET_EDGE)));
  const isReadable = useReadable();
  const isShining = useShining(activity.pulse) && isReadable && !hasPath;
  if (view === undefined) return null;
  const { path, arrow, labelX, labelY, labelWidth } = lineOf(ends, data?.lane ?? 0);
  const look = classes(
    view.isVirtual && "is-virtual",
    hasPath && onPath === undefined && "is-dim",
    (onPath !== undefined || isShining) && "is-lit",
    onPath?.hasFailed === true && "is-bad",
    onPath?.isRunning === true && "is-running",
  );
  const count = hasPath ? (onPath?.count ?? 0) : view.count + activity.count;
  return (
    <>
      <BaseEdge path={path} interactionWidth={0} className={`topic-edge ${look}`} />
      {isReadable && <path d={arrow} className={`topic-arrow ${look}`} />}
      {isReadable && (
        <TopicLabel
          view={view}
          count={count}
          onPath={onPath}
          isDim={hasPath && onPath === undefined}
          x={labelX}
          y={labelY}
          width={labelWidth}
        />
      )}
    </>
  );
});

interface TopicLabelProps {
  readonly view: EdgeView;
  readonly count: number;
  readonly onPath: EdgeOnPath | undefined;
  readonly isDim: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

function TopicLabel({ view, count, onPath, isDim, x, y, width }: TopicLabelProps): ReactNode {
  const said = [view.label, view.isConditional ? "only sometimes" : "", view.isVirtual ? "not by code: only drawn" : ""];
  return (
    <EdgeLabelRenderer>
      <div
        title={said.filter((part) => part !== "").join(", ") || undefined}
        className={classes(
          "topic-label",
          view.isConditional && "is-conditional",
          isDim && "is-dim",
          onPath !== undefined && "is-lit",
          onPath?.hasFailed === true && "is-bad",
        )}
        style={{ maxWidth: width, transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
      >
        <span className="truncate">{view.topic}</span>
        {count > 0 && <span className="topic-count">{short(count)}</span>}
      </div>
    </EdgeLabelRenderer>
  );
}

/** For a moment after each new pulse; not for the one that it began with. */
function useShining(pulse: number): boolean {
  const [past, setPast] = useState(pulse);
  useEffect(() => {
    const timer = setTimeout(() => setPast(pulse), PULSE_MS);
    return () => clearTimeout(timer);
  }, [pulse]);
  return pulse !== past;
}

function keyOf(view: EdgeView): string {
  return edgeKey(view.source, view.target, triggerOf(view.topic));
}

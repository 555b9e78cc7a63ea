/** A step on the graph: what it is, what it does right now, what is wrong with it. */

import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { TriangleAlert } from "lucide-react";
import { Fragment, memo, type ReactNode } from "react";
import type { NodeView } from "../api/types.js";
import { QUIET_STEP, type StepActivity } from "../live/activity.js";
import { useLive } from "../live/store.js";
import { classes } from "../parts/class-names.js";
import { kindName } from "../parts/kind-names.js";
import { KindTile, kindOf } from "../parts/kinds.js";
import { StatusIcon } from "../parts/statuses.js";
import { clockTime, counted, duration } from "../parts/times.js";
import { useLit } from "./lit.js";
import { useReadable } from "./readable.js";
import { outcomeOf, type StepOnPath } from "./path.js";
import { failureText, subtitleOf } from "./view.js";

export type StepNodeType = Node<{ readonly view: NodeView }, "step">;

export const StepNode = memo(function StepNode({ data: { view } }: NodeProps<StepNodeType>): ReactNode {
  const activity = useLive((live) => live.steps.get(view.id) ?? QUIET_STEP);
  const isOpen = useLit((lit) => lit.open === view.id);
  const isTabStop = useLit((lit) => lit.tabStop === view.id);
  const hasPath = useLit((lit) => lit.path !== null);
  const onPath = useLit((lit) => lit.path?.steps.get(view.id));
  const isReadable = useReadable();
  const status = statusOf(hasPath, onPath, activity);
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button
        type="button"
        data-step={view.id}
        data-status={status}
        tabIndex={isTabStop ? 0 : -1}
        aria-pressed={isOpen}
        onFocus={() => useLit.setState({ tabStop: view.id })}
        style={isReadable ? undefined : { borderLeftColor: kindOf(view).colour }}
        className={classes(
          "step-node",
          view.failure !== null && "is-broken",
          view.isMissing && "is-missing",
          !isReadable && "is-far",
          hasPath && onPath === undefined && "is-dim",
          isOpen && "is-open",
        )}
      >
        {onPath !== undefined && <span className="step-order" aria-hidden>{onPath.order}</span>}
        {isReadable ? (
          <>
            {!hasPath && <Flash activity={activity} />}
            <span className="flex w-full items-center gap-2.5">
              <KindTile node={view} />
              <span className="min-w-0 grow">
                <span className="step-title">{view.title}</span>
                <span className="sr-only">, {kindName(view)}, </span>
                <span className="block truncate font-mono text-xs leading-4 text-soft">{subtitleOf(view)}</span>
              </span>
            </span>
            <span className="mt-auto flex w-full items-center gap-2 text-[12.5px] leading-4 text-soft">
              <Foot view={view} activity={activity} onPath={onPath} />
            </span>
          </>
        ) : (
          <>
            <span className="step-title">{breakable(view.title)}</span>
            <span className="sr-only">, {kindName(view)}, {subtitleOf(view)}</span>
          </>
        )}
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
});

/** Names are long words: they may break where a new one begins. */
function breakable(title: string): ReactNode {
  return title.split(/(?<=[a-z_\-.])(?=[A-Z])|(?<=[_\-.])/).map((word, index) => <Fragment key={index}>{index > 0 && <wbr />}{word}</Fragment>);
}

/** On a path only what it did there counts. */
function statusOf(hasPath: boolean, onPath: StepOnPath | undefined, activity: StepActivity): string {
  if (!hasPath) return activity.running > 0 ? "running" : "quiet";
  return onPath === undefined ? "quiet" : outcomeOf(onPath);
}

/** Lights up once for what just ran, also when it was over within one frame. */
function Flash({ activity: { pulse, last } }: { readonly activity: StepActivity }): ReactNode {
  return pulse === 0 ? null : <span key={pulse} aria-hidden className={classes("step-flash", last === "error" && "is-bad")} />;
}

interface FootProps {
  readonly view: NodeView;
  readonly activity: StepActivity;
  readonly onPath: StepOnPath | undefined;
}

function Foot({ view, activity, onPath }: FootProps): ReactNode {
  if (onPath !== undefined) return <PathFoot {...onPath} />;
  const errors = view.errors + activity.errors;
  const running = activity.running > 0 && <Running count={activity.running} />;
  if (view.failure !== null) {
    const since = view.failure.servedSince;
    return (
      <>
        <span className="flex min-w-0 grow items-center gap-1 font-medium text-bad" title={failureText(view)}>
          <TriangleAlert size={13} aria-hidden className="shrink-0" />
          <span className="truncate">{since === null ? "Never loaded" : `Broken, serving ${clockTime(since)}`}</span>
        </span>
        {running}
      </>
    );
  }
  if (view.kind === "noop") return <span>not run here</span>;
  return (
    <>
      <span>{counted(view.runs + activity.runs, "run")}</span>
      {errors > 0 && <span className="text-bad">{counted(errors, "failed", "failed")}</span>}
      <span className="grow" />
      {running}
    </>
  );
}

function PathFoot(onPath: StepOnPath): ReactNode {
  const { runs, errors, running, milliseconds } = onPath;
  return (
    <>
      <StatusIcon status={outcomeOf(onPath)} size={13} />
      <span className="tabular-nums">{running > 0 ? "running" : duration(milliseconds)}</span>
      {runs > 1 && <span>{runs} runs</span>}
      {errors > 0 && <span className="text-bad">{errors} failed</span>}
    </>
  );
}

function Running({ count }: { readonly count: number }): ReactNode {
  return (
    <span className="flex shrink-0 items-center gap-1 font-medium text-accent">
      <StatusIcon status="running" size={13} />
      {count > 1 ? `${count} running` : "running"}
    </span>
  );
}

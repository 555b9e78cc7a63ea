/** A step in short: what sets it off, what it emits and to whom, its last runs. */

import { Link } from "@tanstack/react-router";
import { GanttChart } from "lucide-react";
import type { ReactNode } from "react";
import { standingOf } from "../api/runs.js";
import type { EdgeView, NodeView, RunView, StepView, TriggerView } from "../api/types.js";
import { runsOfStep, useLive } from "../live/store.js";
import { Ago } from "../parts/ago.js";
import { classes } from "../parts/class-names.js";
import { HttpStatus } from "../parts/http-status.js";
import { STATUSES, StatusIcon } from "../parts/statuses.js";
import { duration, exactTime } from "../parts/times.js";
import { mergedRuns } from "./path.js";

const SHOWN_RUNS = 20;

interface OverviewProps {
  readonly step: StepView;
  readonly node: NodeView;
  readonly edges: readonly EdgeView[];
  readonly chosenRun: string | undefined;
  readonly onOpen: (step: string) => void;
  readonly onRun: (trace: string) => void;
}

export function Overview({ step, node, edges, chosenRun, onOpen, onRun }: OverviewProps): ReactNode {
  const from = edges.filter(({ target }) => target === node.id);
  const to = edges.filter(({ source }) => source === node.id);
  const unheard = step.emits.filter((topic) => !to.some((edge) => edge.topic === topic));
  return (
    <div className="flex flex-col gap-5 text-[13px]">
      {node.triggers.length > 0 && (
        <Facts title="Triggers">
          {node.triggers.map((trigger) => <Trigger key={trigger.key} trigger={trigger} from={from} onOpen={onOpen} />)}
        </Facts>
      )}
      {(to.length > 0 || unheard.length > 0) && (
        <Facts title="Emits">
          {to.map((edge) => (
            <li key={edge.id} className="flex flex-wrap items-baseline gap-x-2">
              <code className="text-xs">{edge.topic}</code>
              <span className="text-soft">to</span>
              <StepLink step={edge.target} onOpen={onOpen} />
              {edge.isConditional && <span className="text-xs text-soft italic">{edge.label || "only sometimes"}</span>}
              {edge.isVirtual && <span className="text-xs text-soft">only drawn</span>}
            </li>
          ))}
          {unheard.map((topic) => (
            <li key={topic} className="flex items-baseline gap-2">
              <code className="text-xs">{topic}</code>
              <span className="text-soft">no step listens</span>
            </li>
          ))}
        </Facts>
      )}
      <RecentRuns step={step} chosenRun={chosenRun} onRun={onRun} />
    </div>
  );
}

function Facts({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <section>
      <h3 className="mb-1.5 text-xs font-semibold text-soft">{title}</h3>
      <ul className="flex flex-col gap-1.5">{children}</ul>
    </section>
  );
}

function StepLink({ step, onOpen }: { readonly step: string; readonly onOpen: (step: string) => void }): ReactNode {
  return (
    <button type="button" onClick={() => onOpen(step)} className="rounded-sm font-medium text-accent hover:underline">
      {step}
    </button>
  );
}

interface TriggerProps {
  readonly trigger: TriggerView;
  readonly from: readonly EdgeView[];
  readonly onOpen: (step: string) => void;
}

function Trigger({ trigger, from, onOpen }: TriggerProps): ReactNode {
  const sources = from.filter(({ topic }) => topic === trigger.topic);
  return (
    <li className="flex flex-wrap items-baseline gap-x-2">
      <code className="text-xs break-all">{trigger.label}</code>
      {sources.length > 0 && <span className="text-soft">from</span>}
      {sources.map(({ id, source }) => <StepLink key={id} step={source} onOpen={onOpen} />)}
    </li>
  );
}

interface RecentRunsProps {
  readonly step: StepView;
  readonly chosenRun: string | undefined;
  readonly onRun: (trace: string) => void;
}

function RecentRuns({ step, chosenRun, onRun }: RecentRunsProps): ReactNode {
  // Drawn again when something ran; the runs themselves are asked for below.
  useLive((live) => live.steps.get(step.node.id)?.pulse);
  const runs = mergedRuns(step.recent, runsOfStep(step.node.id)).toReversed().slice(0, SHOWN_RUNS);
  return (
    <section aria-label="Recent runs">
      <h3 className="mb-1 text-xs font-semibold text-soft">Recent runs</h3>
      {runs.length === 0 && <p className="text-soft">It did not run yet.</p>}
      <ul className="-mx-2">
        {runs.map((run) => (
          <li key={run.id} className="flex items-center">
            <button
              type="button"
              onClick={() => onRun(run.traceId)}
              aria-pressed={run.traceId === chosenRun}
              className={classes("flex min-w-0 grow items-center gap-2 rounded-lg px-2 py-1 text-left", run.traceId === chosenRun ? "bg-tint" : "hover:bg-page")}
            >
              <StatusIcon status={standingOf(run)} />
              <time className="tabular-nums">{exactTime(run.startedAt)}</time>
              <HttpStatus status={run.httpStatus} />
              <span className="grow truncate text-xs text-soft">{wordsOf(run)}</span>
              <span className="text-xs whitespace-nowrap text-soft tabular-nums">{run.durationMs === null ? <Ago at={run.startedAt} /> : duration(run.durationMs)}</span>
            </button>
            <Link to="/traces/{-$trace}" params={{ trace: run.traceId }} search={{ span: run.id }} aria-label={`Trace of the run at ${exactTime(run.startedAt)}`} title="Its trace" className="grid size-7 shrink-0 place-items-center rounded-lg text-accent hover:bg-page">
              <GanttChart size={14} aria-hidden />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function wordsOf(run: RunView): string {
  const word = run.error ?? STATUSES[standingOf(run)].word;
  return run.attempt > 1 ? `attempt ${run.attempt}: ${word}` : word;
}

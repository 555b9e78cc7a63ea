/** The path of a trace on the graph: which steps and edges its runs went over, in which order. Pure. */

import { endOf } from "../api/runs.js";
import type { EdgeView, RunView } from "../api/types.js";
import type { RunStatus } from "../api/words.js";
import { edgeKey, triggerOf } from "../live/activity.js";

export interface StepOnPath {
  /** Its place among the steps of the path, from 1. */
  readonly order: number;
  readonly runs: number;
  readonly errors: number;
  readonly running: number;
  /** Of all its runs that ended. */
  readonly milliseconds: number;
}

/** One failed run of several makes it a failed step. */
export function outcomeOf({ running, errors }: StepOnPath): RunStatus {
  if (running > 0) return "running";
  return errors > 0 ? "error" : "ok";
}

export interface EdgeOnPath {
  /** That of the step to which it first led. */
  readonly order: number;
  /** How often something was handed on; repeated attempts were handed on once. */
  readonly count: number;
  readonly hasFailed: boolean;
  readonly isRunning: boolean;
}

export interface TracePath {
  readonly steps: ReadonlyMap<string, StepOnPath>;
  readonly edges: ReadonlyMap<string, EdgeOnPath>;
}

/** How something gets from one step to another: by a trigger of the second. */
export interface Way {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly trigger: string;
}

/** The ways that the steps declare. */
export function waysOf(edges: readonly EdgeView[]): readonly Way[] {
  return edges.map(({ id, source, target, topic }) => ({ id, source, target, trigger: triggerOf(topic) }));
}

/** Ways that the runs went though no step declares them: by a write to the state or to a stream. */
export function undeclaredWays(runs: readonly RunView[], declared: readonly Way[]): readonly Way[] {
  const known = new Set(declared.map(keyOf));
  const stepOfRun = new Map(runs.map((run) => [run.id, run.step]));
  const found = new Map<string, Way>();
  for (const { parentId, step, trigger } of runs) {
    const source = parentId === null ? undefined : stepOfRun.get(parentId);
    if (source === undefined || source === step) continue;
    const way = { id: `${source}→${step} by ${trigger}`, source, target: step, trigger };
    if (!known.has(keyOf(way))) found.set(way.id, way);
  }
  return [...found.values()];
}

function keyOf({ source, target, trigger }: Way): string {
  return edgeKey(source, target, trigger);
}

/** `at`, in seconds since the epoch, shows the path as it was then. */
export function pathOf(runs: readonly RunView[], ways: readonly Way[], at = Infinity): TracePath {
  const begun = runs.filter((run) => run.startedAt <= at).sort((one, other) => one.startedAt - other.startedAt);
  const stepOfRun = new Map(runs.map((run) => [run.id, run.step]));
  const edgeIds = new Map(ways.map((way) => [keyOf(way), way.id]));
  const onSteps = new Map<string, StepOnPath>();
  const onEdges = new Map<string, EdgeOnPath>();
  for (const run of begun) {
    const seen = onSteps.get(run.step) ?? { order: onSteps.size + 1, runs: 0, errors: 0, running: 0, milliseconds: 0 };
    const status = endOf(run, Infinity) <= at ? run.status : "running";
    onSteps.set(run.step, {
      order: seen.order,
      runs: seen.runs + 1,
      errors: seen.errors + (status === "error" ? 1 : 0),
      running: seen.running + (status === "running" ? 1 : 0),
      milliseconds: seen.milliseconds + (status === "running" ? 0 : (run.durationMs ?? 0)),
    });
    const emitter = run.parentId === null ? undefined : stepOfRun.get(run.parentId);
    const edge = emitter === undefined ? undefined : edgeIds.get(edgeKey(emitter, run.step, run.trigger));
    if (edge === undefined) continue;
    const before = onEdges.get(edge) ?? { order: seen.order, count: 0, hasFailed: false, isRunning: false };
    onEdges.set(edge, {
      order: before.order,
      count: before.count + (run.attempt === 1 || before.count === 0 ? 1 : 0),
      hasFailed: before.hasFailed || status === "error",
      isRunning: before.isRunning || status === "running",
    });
  }
  return { steps: onSteps, edges: onEdges };
}

/** What was asked for, made newer by what was heard since; oldest first. */
export function mergedRuns(asked: readonly RunView[], heard: readonly RunView[]): readonly RunView[] {
  const byId = new Map(asked.map((run) => [run.id, run]));
  for (const run of heard) {
    const known = byId.get(run.id);
    if (known === undefined || known.status === "running") byId.set(run.id, run);
  }
  return [...byId.values()].sort((one, other) => one.startedAt - other.startedAt);
}

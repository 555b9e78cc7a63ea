/**
 * What the steps do, from the runs as they are told: who runs now, and how many runs there were since
 * the graph was asked for. Takes runs, gives a new picture; what did not change stays the same object.
 */

import type { RunView } from "../api/types.js";
import type { RunStatus } from "../api/words.js";
import { Ring } from "./ring.js";

/** Of one step. `runs` and `errors` are to be added to what the graph says. */
export interface StepActivity {
  readonly running: number;
  readonly runs: number;
  readonly errors: number;
  readonly last: RunStatus | null;
  /** When it lit up last, in milliseconds of the page's clock; another number lights it up again. */
  readonly pulse: number;
}

/** Of one topic from one step to another. */
export interface EdgeActivity {
  readonly count: number;
  readonly pulse: number;
}

export interface Picture {
  readonly steps: ReadonlyMap<string, StepActivity>;
  readonly edges: ReadonlyMap<string, EdgeActivity>;
}

export const KEPT_RUNS = 5_000;
/** What is lit shines for so long: meanwhile it is not lit again. */
export const PULSE_MS = 900;
export const QUIET_STEP: StepActivity = { running: 0, runs: 0, errors: 0, last: null, pulse: 0 };
export const QUIET_EDGE: EdgeActivity = { count: 0, pulse: 0 };

/** Names an edge by what a run tells: who emitted, who ran, by which trigger. */
export function edgeKey(source: string, target: string, trigger: string): string {
  return `${source}\n${target}\n${trigger}`;
}

/** The key of the trigger that a topic sets off. */
export function triggerOf(topic: string): string {
  return `queue(${topic})`;
}

export class Activity {
  readonly runs = new Ring<RunView>(KEPT_RUNS);
  #steps = new Map<string, StepActivity>();
  #edges = new Map<string, EdgeActivity>();

  /** Take in what came, oldest first. `now` is in milliseconds of the page's clock. */
  hear(runs: readonly RunView[], now: number): Picture {
    this.#steps = new Map(this.#steps);
    this.#edges = new Map(this.#edges);
    for (const run of runs) this.#take(run, now);
    return this.picture();
  }

  picture(): Picture {
    return { steps: this.#steps, edges: this.#edges };
  }

  /** Count from here on: the graph was asked for, and says what was before. */
  rebase(): Picture {
    this.#steps = mapped(this.#steps, (step) => ({ ...step, runs: 0, errors: 0 }));
    this.#edges = mapped(this.#edges, (edge) => ({ ...edge, count: 0 }));
    return this.picture();
  }

  /** Some was missed: nobody knows what still runs. */
  forgetRunning(): Picture {
    this.#steps = mapped(this.#steps, (step) => ({ ...step, running: 0 }));
    return this.picture();
  }

  /** Another server: nothing counts any more. */
  clear(): Picture {
    this.runs.clear();
    this.#steps = new Map();
    this.#edges = new Map();
    return this.picture();
  }

  #take(run: RunView, now: number): void {
    const before = this.runs.put(run);
    // Told again after a reconnect: it was counted.
    if (before !== undefined && before.status !== "running") return;
    if (before === undefined) this.#light(run, now);
    const step = this.#steps.get(run.step) ?? QUIET_STEP;
    const wasRunning = before === undefined ? 0 : 1;
    const ended = run.status === "running" ? 0 : 1;
    this.#steps.set(run.step, {
      running: Math.max(0, step.running - wasRunning + 1 - ended),
      runs: step.runs + ended,
      errors: step.errors + (run.status === "error" ? 1 : 0),
      last: run.status,
      pulse: pulseAfter(step.pulse, now),
    });
  }

  /** The edge by which a run came, if its emitter is known. Repeated attempts were passed on once. */
  #light(run: RunView, now: number): void {
    const emitter = run.parentId === null ? undefined : this.runs.get(run.parentId);
    if (emitter === undefined) return;
    const key = edgeKey(emitter.step, run.step, run.trigger);
    const edge = this.#edges.get(key) ?? QUIET_EDGE;
    this.#edges.set(key, { count: edge.count + (run.attempt === 1 ? 1 : 0), pulse: pulseAfter(edge.pulse, now) });
  }
}

function pulseAfter(pulse: number, now: number): number {
  return pulse === 0 || now - pulse > PULSE_MS ? now : pulse;
}

function mapped<T>(map: ReadonlyMap<string, T>, change: (value: T) => T): Map<string, T> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

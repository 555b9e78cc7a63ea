/** What runs were given and what came of them, and running them again. */

import { part, post, query } from "./rest.js";
import type { EffectsView, RunInputView, StartedView } from "./types.js";

export const runPath = (trace: string, span: string): string => `/runs/${part(trace)}/${part(span)}`;

export const runInputQuery = (trace: string, span: string) => query<RunInputView>(["input", trace, span], `${runPath(trace, span)}/input`);

export const runEffectsQuery = (trace: string, span: string) => query<EffectsView>(["effects", trace, span], `${runPath(trace, span)}/effects`);

/** What came of the last run of a step in a trace. */
export const effectsQuery = (trace: string, step: string, trigger: string) =>
  query<EffectsView>(["effects", trace, step, trigger], `/effects/${part(trace)}/${part(step)}/${part(trigger)}`);

export type EffectsQuery = ReturnType<typeof runEffectsQuery>;

/** What runs again; both raise ApiError: the server says why it does not. */
export interface Runner {
  /** What would come of it with this value; nothing is kept of it. */
  readonly rehearse: (value: unknown) => Promise<EffectsView>;
  /** Run it with this value, in a trace of its own. */
  readonly replay: (value: unknown) => Promise<StartedView>;
}

export function runAgain(trace: string, span: string): Runner {
  return runner(runPath(trace, span));
}

/** The letter stays. */
export function letterAgain(letter: string): Runner {
  return runner(`/queue/dead/${part(letter)}`);
}

function runner(path: string): Runner {
  return {
    rehearse: (value) => post(`${path}/rehearse`, { value }),
    replay: (value) => post(`${path}/replay`, { value }),
  };
}

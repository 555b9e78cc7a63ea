/** What waits and what was given up, schedules and topics: asked for, and set off by hand. */

import { part, post, query, remove } from "./rest.js";
import type {
  CountView,
  CronsView,
  DeadLetterDetail,
  DeadLettersView,
  QueueView,
  StartedView,
  TopicsView,
} from "./types.js";

/** So many dead letters are asked for: the newest. */
export const MOST_LETTERS = 1000;

export const queueQuery = query<QueueView>(["queue", "lanes"], "/queue");
export const cronsQuery = query<CronsView>(["cron"], "/cron");
export const topicsQuery = query<TopicsView>(["topics"], "/topics");
/** Not with the queue: it stays as it died, and is not asked for again when it is let go. */
export const letterQuery = (id: string) => query<DeadLetterDetail>(["letter", id], `/queue/dead/${part(id)}`);

/** Those of a step, or all. */
export const lettersQuery = (step: string | undefined) =>
  query<DeadLettersView>(["queue", "dead", step ?? ""], `/queue/dead?limit=${MOST_LETTERS}${step === undefined ? "" : `&step=${part(step)}`}`);

// All raise ApiError: the server says why it is not done.

export function redrive(letter: string): Promise<StartedView> {
  return post(`/queue/dead/${part(letter)}/redrive`);
}

export function discard(letter: string): Promise<void> {
  return remove(`/queue/dead/${part(letter)}`);
}

export function redriveAll(step: string | undefined): Promise<CountView> {
  return post(`/queue/redrive${ofStep(step)}`);
}

export function discardAll(step: string | undefined): Promise<CountView> {
  return post(`/queue/discard${ofStep(step)}`);
}

export function runCron(step: string, trigger: string): Promise<StartedView> {
  return post(`/cron/${part(step)}/${part(trigger)}`);
}

export function emit(topic: string, value: unknown): Promise<StartedView> {
  return post(`/emit/${part(topic)}`, { value });
}

function ofStep(step: string | undefined): string {
  return step === undefined ? "" : `?step=${part(step)}`;
}

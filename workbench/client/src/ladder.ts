/**
 * Which transport to try when. Pure: the connection says what happened and does what this says.
 *
 * Rungs count from 0, the best. What cannot be opened, or is lost before anything was heard over it,
 * is followed by the next rung; after the last one there is a wait, and then the best again. One that
 * has worked is trusted for a while: a server that restarts is no reason to go down.
 */

import { waitAfter, type Backoff } from "./backoff.js";

/** Rounds in which nothing below a rung that has worked is tried: with the default waits 7.5 s. */
const TRUSTING_ROUNDS = 4;

export interface Ladder {
  readonly rungs: number;
  readonly backoff: Backoff;
  /** What is tried or used now. */
  readonly rung: number;
  /** Something was heard over it. */
  readonly isProven: boolean;
  /** The rung over which something was heard last; null before that. */
  readonly trusted: number | null;
  /** Rounds in a row in which nothing was heard. */
  readonly failures: number;
}

export interface Step {
  readonly ladder: Ladder;
  /** Milliseconds before the rung is to be tried. */
  readonly wait: number;
}

export function newLadder(rungs: number, backoff: Backoff): Ladder {
  return { rungs, backoff, rung: 0, isProven: false, trusted: null, failures: 0 };
}

export function heard(ladder: Ladder): Ladder {
  return ladder.isProven ? ladder : { ...ladder, isProven: true, trusted: ladder.rung, failures: 0 };
}

/** A better rung has been opened beside the one in use. */
export function climbed(ladder: Ladder, rung: number): Ladder {
  return { ...ladder, rung, isProven: false, trusted: null };
}

export function lost(ladder: Ladder, random: number): Step {
  const { trusted, rungs } = ladder;
  const isTrusting = trusted !== null && ladder.failures < TRUSTING_ROUNDS;
  const next = ladder.rung + 1;
  if (!ladder.isProven && next < (isTrusting ? trusted + 1 : rungs)) return { ladder: { ...ladder, rung: next }, wait: 0 };
  const failures = ladder.failures + 1;
  return {
    ladder: { ...ladder, rung: 0, isProven: false, failures },
    wait: waitAfter(failures, ladder.backoff, random),
  };
}

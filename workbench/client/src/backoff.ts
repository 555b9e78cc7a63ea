/** How long to wait before the next attempt. Pure. */

export interface Backoff {
  /** Milliseconds before the second attempt. */
  readonly first: number;
  /** Milliseconds that no wait exceeds. */
  readonly longest: number;
}

export const DEFAULT_BACKOFF: Backoff = { first: 500, longest: 15_000 };

/**
 * Milliseconds to wait after `failures` attempts in a row that failed (1 or more): doubled each time,
 * and by chance down to half of it, so that the clients of a server that restarts do not come as one.
 */
export function waitAfter(failures: number, backoff: Backoff, random: number): number {
  const whole = Math.min(backoff.longest, backoff.first * 2 ** Math.min(failures - 1, 30));
  return whole * (0.5 + random / 2);
}

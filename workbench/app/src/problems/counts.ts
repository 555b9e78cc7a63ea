/** How many things are wrong, and how bad that is. Pure. */

import type { ProblemsView } from "../api/types.js";
import { counted } from "../parts/times.js";

export interface Counts {
  /** Files that do not load. */
  readonly failures: number;
  readonly dead: number;
  /** Deliveries that wait for a step that no file declares now. */
  readonly parked: number;
  /** What is likely not meant. */
  readonly hints: number;
}

export type Severity = "none" | "warn" | "bad";

export function countsOf({ failures, findings, warnings, parked, dead }: ProblemsView): Counts {
  return { failures: failures.length, dead, parked, hints: findings.length + warnings.length };
}

export function totalOf({ failures, dead, parked, hints }: Counts): number {
  return failures + dead + parked + hints;
}

export function severityOf(counts: Counts): Severity {
  if (counts.failures > 0) return "bad";
  return totalOf(counts) > 0 ? "warn" : "none";
}

/** As `1 problem · 1 dead letter · 2 hints`. */
export function inShort({ failures, dead, parked, hints }: Counts): string {
  const parts = [
    [failures, "problem", "problems"],
    [dead, "dead letter", "dead letters"],
    [parked, "waiting delivery", "waiting deliveries"],
    [hints, "hint", "hints"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, one, many]) => counted(count, one, many));
  return said.length === 0 ? "No problems" : said.join(" · ");
}

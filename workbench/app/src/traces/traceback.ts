/** What a Python traceback says about places, and which one is of a run. Pure. */

import type { LogView, RunView, SourceLine } from "../api/types.js";

export interface Frame {
  readonly file: string;
  readonly line: number;
}

/** The places of the error that is told last, outermost first. */
export function framesOf(traceback: string): readonly Frame[] {
  const begin = traceback.lastIndexOf("Traceback (most recent call last)");
  const told = begin < 0 ? traceback : traceback.slice(begin);
  return [...told.matchAll(/^\s*File "(.+?)", line (\d+)/gm)].map(([, file = "", line = "0"]) => ({ file, line: Number(line) }));
}

/** Where it went wrong in a file: the last frame in it. */
export function lineIn(traceback: string, file: string): number | null {
  return framesOf(traceback).findLast((frame) => frame.file === file)?.line ?? null;
}

/** The lines around one, `around` on each side. */
export function excerptOf(source: string, line: number, around = 4): readonly SourceLine[] {
  const lines = source.split("\n");
  const first = Math.max(1, line - around);
  return lines.slice(first - 1, line + around).map((text, index) => ({ number: first + index, text }));
}

export interface Told {
  readonly traceback: string;
  readonly isOfFirst: boolean;
}

/** That of the run itself; else of the attempt before that has one: only the first is told whole. */
export function tracebackOf(logs: readonly LogView[], run: RunView): Told | null {
  const told = logs.filter((log) => log.step === run.step && log.traceback !== null);
  const own = told.find((log) => log.spanId === run.id);
  const found = own ?? told.findLast((log) => log.at <= run.startedAt);
  return found?.traceback == null ? null : { traceback: found.traceback, isOfFirst: own === undefined };
}

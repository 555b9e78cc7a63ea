/** What a Python traceback says about places. Pure. */

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

export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
}

/** The lines around one, `around` on each side. */
export function excerptOf(source: string, line: number, around = 4): readonly ExcerptLine[] {
  const lines = source.split("\n");
  const first = Math.max(1, line - around);
  return lines.slice(first - 1, line + around).map((text, index) => ({ number: first + index, text }));
}

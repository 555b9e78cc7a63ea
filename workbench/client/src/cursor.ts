/** Where in a server's changes something is: `<epoch>-<offset>`. Pure. */

export interface Cursor {
  readonly epoch: string;
  readonly offset: number;
}

export function readCursor(text: string | undefined): Cursor | null {
  const dash = text?.lastIndexOf("-") ?? -1;
  if (text === undefined || dash < 0) return null;
  const offset = Number(text.slice(dash + 1));
  return Number.isSafeInteger(offset) ? { epoch: text.slice(0, dash), offset } : null;
}

export function writeCursor(cursor: Cursor): string {
  return `${cursor.epoch}-${cursor.offset}`;
}

/** Calls that come often, made seldom. */

/** Call `act` soon, but not again before that long has passed; the last call is never lost. */
export function atMostEvery(milliseconds: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      act();
    }, milliseconds);
  };
}

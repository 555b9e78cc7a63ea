/** A cron expression in words. What says them is loaded when it is first wanted. */

import { useEffect, useState } from "react";

/** Null until it is known, and for what cannot be said. */
export function useWords(expression: string): string | null {
  const [words, setWords] = useState<string | null>(null);
  useEffect(() => {
    let isWanted = true;
    void wordsOf(expression).then((found) => isWanted && setWords(found));
    return () => {
      isWanted = false;
    };
  }, [expression]);
  return words;
}

export async function wordsOf(expression: string): Promise<string | null> {
  try {
    const { default: cronstrue } = await import("cronstrue");
    return cronstrue.toString(expression, { use24HourTimeFormat: true });
  } catch {
    return null;
  }
}

/** What is done with dead letters: each says how it went. */

import type { QueryClient } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { toast } from "sonner";
import { discard, discardAll, redrive, redriveAll } from "../api/queued.js";
import { counted } from "../parts/times.js";

/** True: it is done. False: the person was told why not. */
type Act<T> = (what: T) => Promise<boolean>;

interface LetterActs {
  readonly redrive: Act<string>;
  readonly discard: Act<string>;
  /** Those of a step, or all. */
  readonly redriveAll: Act<string | undefined>;
  readonly discardAll: Act<string | undefined>;
}

export function useLetterActs(): LetterActs {
  const queries = useQueryClient();
  return useMemo(() => ({
    redrive: (letter) => done(queries, () => redrive(letter).then(() => "It is back in its lane")),
    discard: (letter) => done(queries, () => discard(letter).then(() => "The dead letter is discarded")),
    redriveAll: (step) => done(queries, async () => `${counted((await redriveAll(step)).count, "letter")} put back`),
    discardAll: (step) => done(queries, async () => `${counted((await discardAll(step)).count, "letter")} discarded`),
  }), [queries]);
}

async function done(queries: QueryClient, act: () => Promise<string>): Promise<boolean> {
  try {
    toast.success(await act());
    return true;
  } catch (error) {
    toast.error(error instanceof Error ? error.message : String(error));
    return false;
  } finally {
    // What the rail counts stands with the problems.
    for (const key of ["queue", "problems"]) void queries.invalidateQueries({ queryKey: [key] });
  }
}

/** What is written while a screen of stored values stands: its rows light up, and are asked for again. */

import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { create } from "zustand";
import { STATE, type Place } from "../api/stored.js";
import type { Batch } from "../api/types.js";
import { atMostEvery } from "../live/at-most-every.js";
import { hearTopic } from "../live/topics.js";

/** Values are asked for again at most this often while they change. */
const STATE_REFRESH_MS = 300;
/** Items of streams come by a way of their own: only who wrote them is asked for. */
const STREAM_REFRESH_MS = 1000;
const GROUPS_REFRESH_MS = 1000;
/** Rows that lit up are forgotten beyond this many. */
const MOST_PULSES = 5000;

/** By place: another number whenever it was written. */
export const usePulses = create<{ readonly pulses: ReadonlyMap<string, number> }>(() => ({ pulses: new Map() }));

export function placeKey({ space, group, key }: Place): string {
  return JSON.stringify([space, group, key]);
}

export function useStoredLive(): void {
  const queries = useQueryClient();
  useEffect(() => hearTopic("changes", listener(queries)), [queries]);
}

function listener(queries: QueryClient) {
  let touched = new Map<string, readonly string[]>();
  const ask = (...keys: readonly (readonly string[])[]): void => keys.forEach((queryKey) => void queries.invalidateQueries({ queryKey }));
  const askForTouched = (): void => {
    ask(...touched.values());
    touched = new Map();
  };
  const soon = atMostEvery(STATE_REFRESH_MS, askForTouched);
  const later = atMostEvery(STREAM_REFRESH_MS, askForTouched);
  const askForGroups = atMostEvery(GROUPS_REFRESH_MS, () => ask(["stored"]));
  const askForAll = (): void => ask(["stored"], ["values"], ["history"]);
  return {
    // From here on all is heard; what changed before is asked for.
    onJoined: askForAll,
    onBatch: (batch: Batch) => {
      if (batch.dropped !== 0) return askForAll();
      for (const { space, group, key } of batch.changes) {
        touched.set(`${space}\n${group}`, ["values", space, group]);
        touched.set(`${space}\n${group}\n${key}`, ["history", space, group, key]);
      }
      pulse(batch);
      askForGroups();
      if (batch.changes.some(({ space }) => space === STATE)) soon();
      else later();
    },
  };
}

function pulse({ changes }: Batch): void {
  usePulses.setState(({ pulses }) => {
    const next = new Map(pulses.size > MOST_PULSES ? [] : pulses);
    for (const change of changes) next.set(placeKey(change), (next.get(placeKey(change)) ?? 0) + 1);
    return { pulses: next };
  });
}

/** What handlers store, and who wrote it: asked for and changed. */

import { ApiError, ask, part, put, query, remove } from "./rest.js";
import type { HistoryView, PlaceView, StateGroupView, StateView, StreamGroupView, StreamsView, ValueView } from "./types.js";

/** Where a value stands. The space is `state`, or `stream/` and the stream's name. */
export type Place = PlaceView;

export const STATE = "state";
/** So many values are asked for at a time. */
export const PAGE = 500;

export function spaceOf(stream: string): string {
  return `stream/${stream}`;
}

/** The stream of a space; null for the state. */
export function streamOf(space: string): string | null {
  return space === STATE ? null : space.slice("stream/".length);
}

export const stateQuery = query<StateView>(["stored", "state"], "/state");
export const streamsQuery = query<StreamsView>(["stored", "streams"], "/streams");

export const historyQuery = ({ space, group, key }: Place) =>
  query<HistoryView>(["history", space, group, key], `/history/${part(space)}/${part(group)}/${part(key)}`);

export interface ValuesPage {
  readonly total: number;
  readonly offset: number;
  readonly values: readonly ValueView[];
}

/** A page of a group, of state and streams alike. */
export async function askValues(space: string, group: string, offset: number, signal: AbortSignal): Promise<ValuesPage> {
  const page = `?offset=${offset}&limit=${PAGE}`;
  const stream = streamOf(space);
  if (stream === null) return ask<StateGroupView>(`/state/${part(group)}${page}`, { signal });
  const { total, items } = await ask<StreamGroupView>(`/streams/${part(stream)}/${part(group)}${page}`, { signal });
  return { total, offset, values: items };
}

/** One value; null if there is none. */
export async function askValue(place: Place, signal: AbortSignal): Promise<ValueView | null> {
  try {
    return await ask<ValueView>(addressOf(place), { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Raises ApiError: the server says why it is not taken. */
export function writeValue(place: Place, value: unknown): Promise<void> {
  return put(addressOf(place), { value });
}

export function deleteValue(place: Place): Promise<void> {
  return remove(addressOf(place));
}

function addressOf({ space, group, key }: Place): string {
  const stream = streamOf(space);
  const start = stream === null ? "/state" : `/streams/${part(stream)}`;
  return `${start}/${part(group)}/${part(key)}`;
}

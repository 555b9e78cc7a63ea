/** What handlers store, who wrote it, and the log: asked for and changed. */

import { ApiError, ask, query } from "./rest.js";
import type { HistoryView, LogsView, PlaceView, StateGroupView, StateView, StreamGroupView, StreamsView, ValueView } from "./types.js";

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

const part = encodeURIComponent;

export const stateQuery = query<StateView>(["stored", "state"], "/state");
export const streamsQuery = query<StreamsView>(["stored", "streams"], "/streams");

export const historyQuery = ({ space, group, key }: Place) =>
  query<HistoryView>(["history", space, group, key], `/history/${part(space)}/${part(group)}/${part(key)}`);

/** The log lines of a trace; asked for again with it. */
export const traceLogsQuery = (trace: string) => query<LogsView>(["trace", trace, "logs"], `/logs?trace=${part(trace)}&limit=1000`);

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
  return ask(addressOf(place), { method: "PUT", headers: JSON_BODY, body: JSON.stringify({ value }) });
}

export function deleteValue(place: Place): Promise<void> {
  return ask(addressOf(place), { method: "DELETE", headers: JSON_BODY });
}

const JSON_BODY = { "Content-Type": "application/json" };

function addressOf({ space, group, key }: Place): string {
  const stream = streamOf(space);
  const start = stream === null ? "/state" : `/streams/${part(stream)}`;
  return `${start}/${part(group)}/${part(key)}`;
}

/** The values of a group, page by page; of a stream's group with what its watchers hear. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { connect } from "../../../client/src/connection.js";
import type { Snapshot } from "../../../client/src/channel-state.js";
import type { Item, StreamEvent } from "../../../client/src/types.js";
import { askValue, askValues, type Place } from "../api/stored.js";
import type { ValueView } from "../api/types.js";

export interface Values {
  readonly values: readonly ValueView[];
  readonly total: number;
  readonly isLoading: boolean;
  readonly error: Error | null;
  /** Ask for more; undefined if there are none. */
  readonly more: (() => void) | undefined;
}

export function useValues(space: string, group: string | undefined): Values {
  const query = useInfiniteQuery({
    queryKey: ["values", space, group ?? ""],
    queryFn: ({ pageParam, signal }) => askValues(space, group ?? "", pageParam, signal),
    enabled: group !== undefined,
    initialPageParam: 0,
    getNextPageParam: ({ offset, values, total }) => (values.length > 0 && offset + values.length < total ? offset + values.length : undefined),
  });
  const { data, hasNextPage, isFetching, fetchNextPage } = query;
  const values = useMemo(() => distinct(data?.pages.flatMap((page) => page.values) ?? []), [data]);
  return {
    values,
    total: data?.pages.at(-1)?.total ?? 0,
    isLoading: group !== undefined && data === undefined,
    error: data === undefined ? query.error : null,
    more: hasNextPage && !isFetching ? () => void fetchNextPage() : undefined,
  };
}

export interface OneValue {
  /** Undefined: there is none, or it is still asked for. */
  readonly value: ValueView | undefined;
  readonly isLoading: boolean;
}

/** One of the values; asked for by itself if it is on no page yet. */
export function useValue({ values, isLoading }: Values, place: Place | null): OneValue {
  const known = place === null ? undefined : values.find(({ key }) => key === place.key);
  const { data, isPending } = useQuery({
    // Below the key of its group: asked for again with that.
    queryKey: ["values", place?.space ?? "", place?.group ?? "", "one", place?.key ?? ""],
    queryFn: ({ signal }) => (place === null ? null : askValue(place, signal)),
    enabled: place !== null && known === undefined && !isLoading,
  });
  return { value: known ?? data ?? undefined, isLoading: known === undefined && isPending };
}

/** A key can be on two pages when something was deleted between the two questions. */
function distinct(values: readonly ValueView[]): readonly ValueView[] {
  return [...new Map(values.map((value) => [value.key, value])).values()];
}

/** What `streams.x.send` said, when it was heard, newest first. */
export interface HeardEvent extends StreamEvent {
  readonly number: number;
  /** Seconds since the epoch. */
  readonly at: number;
}

export interface StreamLive {
  readonly snapshot: Snapshot;
  readonly events: readonly HeardEvent[];
}

const NOTHING: StreamLive = { snapshot: { status: "loading", items: [], error: null }, events: [] };
const MOST_EVENTS = 500;

/** Watches a group as a client of the project would. */
export function useStreamLive(stream: string | undefined, group: string | undefined): StreamLive {
  const [live, setLive] = useState(NOTHING);
  const count = useRef(0);
  useEffect(() => {
    setLive(NOTHING);
    if (stream === undefined || group === undefined) return;
    const connection = connect();
    const subscription = connection.subscribe(stream, group);
    let frame = 0;
    // An item that grows changes with every token: once per frame is enough to see.
    subscription.onChange(() => {
      if (frame !== 0) return;
      frame = requestAnimationFrame(() => {
        frame = 0;
        setLive((before) => ({ ...before, snapshot: subscription.getSnapshot() }));
      });
    });
    subscription.onEvent((event) => {
      count.current += 1;
      const heard = { ...event, number: count.current, at: Date.now() / 1000 };
      setLive((before) => ({ ...before, events: [heard, ...before.events].slice(0, MOST_EVENTS) }));
    });
    return () => {
      cancelAnimationFrame(frame);
      connection.close();
    };
  }, [stream, group]);
  return live;
}

/** The items as they are heard, with who wrote them as far as that was asked for. */
export function withLive(asked: Values, { snapshot }: StreamLive): Values {
  if (snapshot.status !== "live") return asked;
  const written = new Map(asked.values.map(({ key, written: by }) => [key, by]));
  const values = snapshot.items.map((item: Item) => ({ key: item.id, value: item, written: written.get(item.id) ?? null }));
  return { values, total: values.length, isLoading: false, error: null, more: undefined };
}

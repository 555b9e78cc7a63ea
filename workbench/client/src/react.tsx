/**
 * `motia-stream/react`: the connection, its subscriptions and chats as hooks. Nothing is opened while a
 * component renders, and what an effect opens its end closes, as often as React wants.
 */

import { createContext, use, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { createChat, type Chat } from "./chat/chat.js";
import type { ChatOptions, ChatSnapshot } from "./chat/types.js";
import { LOADING, onlyItem, type Snapshot } from "./channel-state.js";
import { connect, type Connection } from "./connection.js";
import type { ConnectOptions } from "./options.js";
import type { Subscription } from "./subscription.js";
import type { ConnectionStatus, Identified, Item, StreamError, StreamEvent, SubscriptionStatus, TransportName } from "./types.js";

const ConnectionContext = createContext<Connection | null>(null);
/** For who has no provider: one connection to the page's own server. */
let pageConnection: Connection | null = null;

export type StreamProviderProps = { readonly children?: ReactNode } & (
  | { readonly connection: Connection }
  | { readonly connection?: undefined; readonly url?: string; readonly options?: ConnectOptions }
);

/**
 * Gives what is below it a connection: the one given, or one to `url` (default: the page's own
 * server), with the `options` of the first render. It closes by itself when nobody watches any more.
 */
export function StreamProvider(props: StreamProviderProps): ReactNode {
  const { connection, children } = props;
  const url = connection === undefined ? props.url : undefined;
  const [options] = useState(connection === undefined ? props.options : undefined);
  const own = useMemo(() => connection ?? connect(url, options), [connection, url, options]);
  return <ConnectionContext value={own}>{children}</ConnectionContext>;
}

/** The provider's connection; without one that to the page's own server. */
export function useConnection(): Connection {
  const given = use(ConnectionContext);
  if (given !== null) return given;
  pageConnection ??= connect();
  return pageConnection;
}

/** `status` and `transport` of the connection, as they change. */
export function useConnectionStatus(): { readonly status: ConnectionStatus; readonly transport: TransportName | null } {
  const connection = useConnection();
  const subscribe = useMemo(() => (tell: () => void) => connection.onStatus(tell), [connection]);
  const status = useSyncExternalStore(subscribe, () => connection.status, () => "idle" as const);
  const transport = useSyncExternalStore(subscribe, () => connection.transport, () => null);
  return { status, transport };
}

export interface StreamGroup<T extends Identified> {
  /** In the order of the server; the same array until something changes. */
  readonly items: readonly T[];
  readonly status: SubscriptionStatus;
  readonly error: StreamError | null;
}

export interface StreamItem<T extends Identified> {
  /** null: there is none, or nothing has come yet (`status` says which). */
  readonly item: T | null;
  readonly status: SubscriptionStatus;
  readonly error: StreamError | null;
}

export interface WatchOptions {
  /** Called with what `streams.x.send` says. It may be a new function each time. */
  readonly onEvent?: (event: StreamEvent) => void;
}

/** Watch a group. `null` as group: watch nothing yet. */
export function useStreamGroup<T extends Identified = Item>(
  stream: string,
  group: string | null,
  options: WatchOptions = {},
): StreamGroup<T> {
  return useSnapshot(stream, group, undefined, options) as unknown as StreamGroup<T>;
}

/** Watch one item. `null` as group or id: watch nothing yet. */
export function useStreamItem<T extends Identified = Item>(
  stream: string,
  group: string | null,
  id: string | null,
  options: WatchOptions = {},
): StreamItem<T> {
  const snapshot = useSnapshot(stream, id === null ? null : group, id ?? undefined, options);
  return useMemo(
    () => ({ item: onlyItem(snapshot) as Identified | null as T | null, status: snapshot.status, error: snapshot.error }),
    [snapshot],
  );
}

function useSnapshot(stream: string, group: string | null, id: string | undefined, options: WatchOptions): Snapshot {
  const connection = useConnection();
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const watch = useMemo(() => {
    let subscription: Subscription | null = null;
    let last = LOADING;
    return {
      subscribe(tell: () => void): () => void {
        if (group === null) return () => undefined;
        const own = connection.subscribe(stream, group, id);
        subscription = own;
        own.onChange(tell);
        own.onEvent((event) => latest.current.onEvent?.(event));
        return () => {
          last = own.getSnapshot();
          own.close();
          if (subscription === own) subscription = null;
        };
      },
      getSnapshot: (): Snapshot => subscription?.getSnapshot() ?? last,
    };
  }, [connection, stream, group, id]);
  return useSyncExternalStore(watch.subscribe, watch.getSnapshot, () => LOADING);
}

export interface UseChat extends ChatSnapshot {
  readonly send: (text: string) => Promise<void>;
  readonly retry: () => Promise<void>;
  readonly stop: () => void;
}

/**
 * A chat of this component's own: it begins anew when `via`, `url`, `socket`, `server`, `stream`,
 * `conversationId`, `sessionId`, `userId` or the connection changes; other options are those of its
 * beginning. `stream` uses the provider's connection. Unmounting stops and closes it.
 */
export function useChat(options: ChatOptions): UseChat {
  const provided = use(ConnectionContext);
  const connection = options.connection ?? (options.server === undefined ? provided : null);
  const { via, url, socket, server, stream, conversationId, sessionId, userId } = options;
  const begun = [connection, via, url, socket, server?.toString(), stream, conversationId, sessionId, userId];
  // All that a chat does begins with its first listener, so it may be made while rendering.
  const chat: Chat = useMemo(() => createChat(connection === null ? options : { ...options, connection }), begun);
  const snapshot = useSyncExternalStore(chat.subscribe, chat.getSnapshot, chat.getSnapshot);
  useEffect(() => () => chat.close(), [chat]);
  return useMemo(
    () => ({
      ...snapshot,
      send: (text) => chat.send(text),
      retry: () => chat.retry(),
      stop: () => chat.stop(),
    }),
    [chat, snapshot],
  );
}

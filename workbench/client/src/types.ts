/** The words that the whole package shares. No code. */

/** What every type that says what a stream holds has. */
export interface Identified {
  readonly id: string;
}

/** What a stream holds, where no type says more. */
export interface Item extends Identified {
  readonly [field: string]: unknown;
}

/** How frames travel, from the best to the last resort. */
export type TransportName = "websocket" | "sse" | "polling";

/**
 * `idle`: nobody watches anything, so nothing is open. `connecting`: the first attempt.
 * `open`: changes arrive. `reconnecting`: the connection was lost or cannot be had yet; it is tried
 * again and again. `closed`: `close()` was called; this is the end.
 */
export type ConnectionStatus = "idle" | "connecting" | "open" | "reconnecting" | "closed";

/** `loading`: nothing has come yet. `live`: what is shown is the server's. `refused`: see `error`. */
export type SubscriptionStatus = "loading" | "live" | "refused";

/** What `streams.x.send` says: it is told once and not stored. */
export interface StreamEvent {
  readonly type: string;
  readonly data: unknown;
  /** The item that it is about, if one was named. */
  readonly id?: string;
}

/** Why the server does not let somebody watch. */
export interface StreamError {
  /** `STREAM_ACCESS_DENIED`, `UNAUTHORIZED`, `NOT_FOUND` or another code of the server. */
  readonly code: string;
  readonly message: string;
}

/** A group, or with `id` one item of it. */
export interface Channel {
  readonly stream: string;
  readonly group: string;
  readonly id?: string;
}

/** One thing that a transport heard about a channel. */
export type Update =
  | { readonly type: "sync"; readonly data: readonly Item[] | Item | null; readonly cursor?: string }
  | { readonly type: "resumed"; readonly cursor?: string }
  | { readonly type: "reset" }
  | { readonly type: "change"; readonly kind: "create" | "update" | "delete"; readonly item: Item; readonly cursor?: string }
  | { readonly type: "grow"; readonly id: string; readonly field: string; readonly text: string; readonly set?: Readonly<Record<string, unknown>>; readonly offset: number }
  | { readonly type: "event"; readonly event: StreamEvent; readonly cursor?: string }
  | { readonly type: "refused"; readonly error: StreamError };

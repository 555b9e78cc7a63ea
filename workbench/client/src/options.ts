/** What a user may say about a connection, and what that comes to. */

import { DEFAULT_BACKOFF, type Backoff } from "./backoff.js";
import { check, either, FUNCTION, MILLISECONDS, OBJECT, TEXT, TEXTS, type Kind, type Kinds } from "./checks.js";
import { realClock, type Clock } from "./clock.js";
import type { TransportName } from "./types.js";

/** The part of a WebSocket that is used. Browsers' and `ws` fit. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export type WebSocketMaker = new (url: string, protocols?: string[]) => WebSocketLike;

export interface AccessOptions {
  /** Sent with each HTTP request; a function is asked each time. WebSockets cannot send headers. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>);
  /** Sent as `Authorization: Bearer …`, and over WebSocket as sub-protocols `Authorization`, token. */
  readonly token?: string;
  /** Sub-protocols of the WebSocket, instead of those of `token`. */
  readonly protocols?: readonly string[];
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Instead of the global `WebSocket`; Node 20 has none. `null`: there is none. */
  readonly WebSocket?: WebSocketMaker | null;
  /** Time and chance, for tests. */
  readonly clock?: Clock;
}

export interface ConnectOptions extends AccessOptions {
  /** What to try, the best first. Default: websocket, sse, polling. */
  readonly transports?: readonly TransportName[];
  readonly backoff?: Backoff;
  /** Milliseconds between two looks when polling; an eighth while things change. Default 500. */
  readonly pollInterval?: number;
  /** Milliseconds that a transport may take to open before the next one is tried. Default 10,000. */
  readonly openTimeout?: number;
  /**
   * Milliseconds on a lesser transport before the better ones are tried again, twice as
   * many after each attempt, at most 16 times. Default 10,000.
   */
  readonly upgradeInterval?: number;
  /** Milliseconds that a connection stays open after its last subscription. Default 1000. */
  readonly linger?: number;
}

/** The door to the server: everything that goes out goes through here. */
export interface Access {
  readonly clock: Clock;
  readonly WebSocket: WebSocketMaker | null;
  readonly protocols: readonly string[];
  request(url: string, init?: RequestInit): Promise<Response>;
}

export interface Settings {
  readonly access: Access;
  readonly transports: readonly TransportName[];
  readonly backoff: Backoff;
  readonly pollInterval: number;
  readonly openTimeout: number;
  readonly upgradeInterval: number;
  readonly linger: number;
}

const TRANSPORT_NAMES: readonly TransportName[] = ["websocket", "sse", "polling"];

export const ACCESS_KINDS: Kinds<AccessOptions> = {
  headers: either(OBJECT, FUNCTION),
  token: TEXT,
  protocols: TEXTS,
  fetch: FUNCTION,
  WebSocket: either(FUNCTION, { wanted: "null", fits: (value) => value === null }),
  clock: OBJECT,
};

const TRANSPORTS: Kind = {
  wanted: 'a list of "websocket", "sse" and "polling", at least one',
  fits: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((name) => TRANSPORT_NAMES.some((known) => known === name)),
};

const BACKOFF: Kind = {
  wanted: "{first, longest}, each in milliseconds",
  fits: (value) => {
    const { first, longest } = (value ?? {}) as { readonly first?: unknown; readonly longest?: unknown };
    return MILLISECONDS.fits(first) && MILLISECONDS.fits(longest);
  },
};

const CONNECT_KINDS: Kinds<ConnectOptions> = {
  transports: TRANSPORTS,
  backoff: BACKOFF,
  pollInterval: MILLISECONDS,
  openTimeout: MILLISECONDS,
  upgradeInterval: MILLISECONDS,
  linger: MILLISECONDS,
  ...ACCESS_KINDS,
};

/** The part of some options that says how the server is reached. */
export function accessOptionsOf(options: AccessOptions): AccessOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(ACCESS_KINDS, name)));
}

export function accessOf(options: AccessOptions): Access {
  const { token, headers } = options;
  const globals = globalThis as { WebSocket?: WebSocketMaker };
  const socket = options.WebSocket === undefined ? (globals.WebSocket ?? null) : options.WebSocket;
  return {
    clock: options.clock ?? realClock,
    WebSocket: socket,
    protocols: options.protocols ?? (token === undefined ? [] : ["Authorization", token]),
    request(url, init = {}) {
      const own = typeof headers === "function" ? headers() : headers;
      const sent = { ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }), ...own };
      // Looked up each time: who replaces the global one later is heard.
      const fetch = options.fetch ?? globalThis.fetch;
      return fetch(url, { ...init, headers: { ...sent, ...(init.headers as Record<string, string> | undefined) } });
    },
  };
}

/** @throws TypeError an option is not known, or not of its kind. */
export function settingsOf(options: ConnectOptions): Settings {
  check("connect()", options, CONNECT_KINDS);
  return {
    access: accessOf(options),
    transports: options.transports ?? TRANSPORT_NAMES,
    backoff: options.backoff ?? DEFAULT_BACKOFF,
    pollInterval: options.pollInterval ?? 500,
    openTimeout: options.openTimeout ?? 10_000,
    upgradeInterval: options.upgradeInterval ?? 10_000,
    linger: options.linger ?? 1000,
  };
}

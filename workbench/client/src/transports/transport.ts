/** What a way to the server does for a connection. No code but what two of them share. */

import type { Settings } from "../options.js";
import type { Channel, StreamError, TransportName, Update } from "../types.js";

/** What is watched, and up to where it has been heard. */
export interface Watched {
  readonly channel: Channel;
  readonly cursor: string | null;
}

/** Who a transport works for. */
export interface Listener {
  readonly base: string;
  readonly settings: Settings;
  /** What to watch from the start; asked when that is about to begin. */
  watched(): readonly Watched[];
  /** It works. Once, before anything is heard. */
  opened(): void;
  heard(update: Update, concerns: (channel: Channel) => boolean): void;
  /** It does not work, or no longer. Once; after it nothing else is said. */
  lost(): void;
}

export interface Transport {
  readonly name: TransportName;
  watch(watched: Watched): void;
  leave(channel: Channel): void;
  /** End it; the listener hears nothing any more. */
  close(): void;
}

export type OpenTransport = (listener: Listener) => Transport;

/** What an HTTP answer says about who asks; null if it says nothing about that. */
export async function refusalOf(response: Response): Promise<StreamError | null> {
  const code = { 401: "UNAUTHORIZED", 403: "STREAM_ACCESS_DENIED", 404: "NOT_FOUND" }[response.status];
  return code === undefined ? null : { code, message: (await errorText(response)) ?? code };
}

/** The `error` of a JSON answer, or its text; null if it has none. */
export async function errorText(response: Response): Promise<string | null> {
  const text = await response.text().catch(() => "");
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" ? error : null;
  } catch {
    return text.length > 0 && text.length < 500 && !text.trimStart().startsWith("<") ? text : null;
  }
}

export function only(channel: Channel): (other: Channel) => boolean {
  return (other) => other.stream === channel.stream && other.group === channel.group && other.id === channel.id;
}

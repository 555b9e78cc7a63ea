/** A group's bare items over a WebSocket of their own: each frame is one item. */

import { streamAddress } from "../address.js";
import type { Access } from "../options.js";
import type { Channel } from "../types.js";

export interface RawSocket {
  close(): void;
}

/** The socket once it is open; null if it cannot be opened in time, or the signal is aborted before. */
export function openRawSocket(
  access: Access,
  base: string,
  channel: Channel,
  told: { heard(item: unknown): void; lost(): void },
  within: { milliseconds: number; signal: AbortSignal },
): Promise<RawSocket | null> {
  const { clock, protocols, WebSocket } = access;
  return new Promise((resolve) => {
    if (WebSocket === null) return resolve(null);
    const socket = new WebSocket(streamAddress(base, channel).replace(/^http/, "ws"), [...protocols]);
    let isOpen = false;
    const end = (): void => {
      clock.clearTimeout(timer);
      within.signal.removeEventListener("abort", lost);
      socket.onopen = socket.onmessage = socket.onclose = null;
      // `ws` throws an error that nobody listens to, as when it is closed before it was open.
      socket.onerror = () => undefined;
      socket.close();
    };
    const lost = (): void => {
      end();
      if (isOpen) told.lost();
      else resolve(null);
    };
    const timer = clock.setTimeout(lost, within.milliseconds);
    within.signal.addEventListener("abort", lost);
    socket.onopen = () => {
      isOpen = true;
      clock.clearTimeout(timer);
      within.signal.removeEventListener("abort", lost);
      resolve({ close: end });
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (typeof event.data === "string") told.heard(parsed(event.data));
    };
    socket.onclose = socket.onerror = lost;
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

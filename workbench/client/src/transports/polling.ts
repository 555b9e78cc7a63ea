/** Looks at each channel again and again: the last resort. Events of `send` are not heard this way. */

import { channelKey, streamAddress } from "../address.js";
import { pause } from "../clock.js";
import { isSyncData } from "../frames.js";
import type { Channel } from "../types.js";
import { only, refusalOf, type Listener, type Transport, type Watched } from "./transport.js";

export function openPolling(listener: Listener): Transport {
  return new PollingTransport(listener);
}

class PollingTransport implements Transport {
  readonly name = "polling";
  readonly #listener: Listener;
  readonly #looks = new Map<string, AbortController>();
  #hasStarted = false;
  #hasOpened = false;
  #isEnded = false;

  constructor(listener: Listener) {
    this.#listener = listener;
    // Not from within: nobody holds us yet.
    queueMicrotask(() => {
      this.#hasStarted = true;
      listener.watched().forEach((each) => this.watch(each));
    });
  }

  watch({ channel }: Watched): void {
    const key = channelKey(channel);
    if (!this.#hasStarted || this.#isEnded || this.#looks.has(key)) return;
    const aborter = new AbortController();
    this.#looks.set(key, aborter);
    void this.#follow(channel, aborter.signal);
  }

  leave(channel: Channel): void {
    const key = channelKey(channel);
    this.#looks.get(key)?.abort();
    this.#looks.delete(key);
  }

  close(): void {
    this.#isEnded = true;
    for (const aborter of this.#looks.values()) aborter.abort();
    this.#looks.clear();
  }

  async #follow(channel: Channel, signal: AbortSignal): Promise<void> {
    const { access, pollInterval } = this.#listener.settings;
    try {
      for (;;) {
        await this.#look(channel, signal);
        await pause(access.clock, pollInterval, signal);
      }
    } catch {
      if (!signal.aborted) this.#lose();
    }
  }

  async #look(channel: Channel, signal: AbortSignal): Promise<void> {
    const { access, openTimeout } = this.#listener.settings;
    const slow = new AbortController();
    const timer = access.clock.setTimeout(() => slow.abort(), openTimeout);
    try {
      const response = await access.request(streamAddress(this.#listener.base, channel), {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.any([signal, slow.signal]),
      });
      await this.#seen(channel, response, signal);
    } finally {
      access.clock.clearTimeout(timer);
    }
  }

  async #seen(channel: Channel, response: Response, signal: AbortSignal): Promise<void> {
    const refusal = await refusalOf(response);
    const data: unknown = refusal === null && response.ok ? await response.json() : null;
    if (signal.aborted) return;
    if (refusal === null && (!response.ok || !isSyncData(data))) throw new TypeError("these are no items");
    if (!this.#hasOpened) {
      this.#hasOpened = true;
      this.#listener.opened();
    }
    // An item that is not there is a 404 as well as a stream that is not.
    const isMissingItem = channel.id !== undefined && response.status === 404 && !refusal?.message.startsWith("Stream ");
    if (refusal !== null && !isMissingItem) {
      this.#listener.heard({ type: "refused", error: refusal }, only(channel));
      return;
    }
    if (isSyncData(data)) this.#listener.heard({ type: "sync", data }, only(channel));
  }

  #lose(): void {
    if (this.#isEnded) return;
    this.close();
    this.#listener.lost();
  }
}

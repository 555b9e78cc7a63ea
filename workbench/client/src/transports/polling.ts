/** Looks at each channel again and again: the last resort. Events of `send` are not heard this way. */

import { channelKey, streamAddress } from "../address.js";
import { waitAfter } from "../backoff.js";
import { pause } from "../clock.js";
import { isSyncData } from "../frames.js";
import type { Channel, StreamError } from "../types.js";
import { only, refusalOf, type Listener, type Transport, type Watched } from "./transport.js";

/** How much sooner the next look comes after one that saw something new. */
const FASTER = 8;

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
    const { access, backoff, pollInterval } = this.#listener.settings;
    let wait = pollInterval;
    let before: string | null = null;
    let refusals = 0;
    try {
      for (;;) {
        const { text, isRefused } = await this.#look(channel, signal);
        if (isRefused) {
          // It may be let in one day; until then nobody gains by a question twice a second.
          refusals += 1;
          await pause(access.clock, Math.max(pollInterval, waitAfter(refusals, backoff, access.clock.random())), signal);
          continue;
        }
        refusals = 0;
        // What changes goes on changing: an answer that grows should not come in lumps.
        const isChanging = before !== null && text !== before;
        wait = isChanging ? pollInterval / FASTER : Math.min(pollInterval, wait * 2);
        before = text;
        await pause(access.clock, wait, signal);
      }
    } catch {
      if (!signal.aborted) this.#lose();
    }
  }

  async #look(channel: Channel, signal: AbortSignal): Promise<{ text: string; isRefused: boolean }> {
    const { access, openTimeout } = this.#listener.settings;
    const slow = new AbortController();
    const timer = access.clock.setTimeout(() => slow.abort(), openTimeout);
    try {
      const response = await access.request(streamAddress(this.#listener.base, channel), {
        headers: { Accept: "application/json" },
        cache: "no-store",
        signal: AbortSignal.any([signal, slow.signal]),
      });
      const refusal = await refusalOf(response);
      const text = refusal === null ? await response.text() : refusal.message;
      const isRefused = !signal.aborted && this.#seen(channel, response, refusal, text) === "refused";
      return { text, isRefused };
    } finally {
      access.clock.clearTimeout(timer);
    }
  }

  /** Throws if this is no answer of a stream's address. */
  #seen(channel: Channel, response: Response, refusal: StreamError | null, text: string): "refused" | "let in" {
    const data: unknown = refusal === null && response.ok ? JSON.parse(text) : null;
    if (refusal === null && (!response.ok || !isSyncData(data))) throw new TypeError("these are no items");
    if (!this.#hasOpened) {
      this.#hasOpened = true;
      this.#listener.opened();
    }
    // An item that is not there is a 404 as well as a stream that is not.
    const isMissingItem = channel.id !== undefined && response.status === 404 && !refusal?.message.startsWith("Stream ");
    if (refusal !== null && !isMissingItem) {
      this.#listener.heard({ type: "refused", error: refusal }, only(channel));
      return "refused";
    }
    if (isSyncData(data)) this.#listener.heard({ type: "sync", data }, only(channel));
    return "let in";
  }

  #lose(): void {
    if (this.#isEnded) return;
    this.close();
    this.#listener.lost();
  }
}

/**
 * Server-sent events through fetch, which can send headers: one request per channel. Browsers allow
 * six requests at once to a server of HTTP/1.1, so channels past the fourth are polled.
 */

import { channelKey, streamAddress } from "../address.js";
import { isItem, isSyncData } from "../frames.js";
import { readEvents, type SseEvent } from "../sse-parser.js";
import type { Channel, StreamEvent, Update } from "../types.js";
import { openPolling } from "./polling.js";
import { only, refusalOf, type Listener, type Transport, type Watched } from "./transport.js";

const MAX_REQUESTS = 4;
/** Milliseconds: the server says something at least every 15 seconds. */
const LONGEST_SILENCE = 45_000;

export function openSse(listener: Listener): Transport {
  return new SseTransport(listener);
}

class SseTransport implements Transport {
  readonly name = "sse";
  readonly #listener: Listener;
  readonly #reads = new Map<string, AbortController>();
  readonly #polled = new Map<string, Watched>();
  #polling: Transport | null = null;
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

  watch(watched: Watched): void {
    const key = channelKey(watched.channel);
    if (!this.#hasStarted || this.#isEnded || this.#reads.has(key) || this.#polled.has(key)) return;
    if (this.#reads.size >= MAX_REQUESTS) {
      this.#poll(key, watched);
      return;
    }
    const aborter = new AbortController();
    this.#reads.set(key, aborter);
    void this.#read(watched, aborter);
  }

  leave(channel: Channel): void {
    const key = channelKey(channel);
    this.#reads.get(key)?.abort();
    this.#reads.delete(key);
    if (this.#polled.delete(key)) this.#polling?.leave(channel);
    const [next] = this.#polled;
    if (next === undefined || this.#reads.size >= MAX_REQUESTS) return;
    this.#polled.delete(next[0]);
    this.#polling?.leave(next[1].channel);
    this.watch({ channel: next[1].channel, cursor: null });
  }

  close(): void {
    this.#isEnded = true;
    for (const aborter of this.#reads.values()) aborter.abort();
    this.#polling?.close();
  }

  #poll(key: string, watched: Watched): void {
    this.#polled.set(key, watched);
    this.#polling ??= openPolling({
      ...this.#listener,
      watched: () => [...this.#polled.values()],
      opened: () => undefined,
      lost: () => this.#lose(),
    });
    this.#polling.watch(watched);
  }

  async #read({ channel, cursor }: Watched, aborter: AbortController): Promise<void> {
    const { access, openTimeout } = this.#listener.settings;
    const { signal } = aborter;
    const giveUp = (): void => this.#lose();
    let timer = access.clock.setTimeout(giveUp, openTimeout);
    const isHeard = (): void => {
      access.clock.clearTimeout(timer);
      timer = access.clock.setTimeout(giveUp, LONGEST_SILENCE);
    };
    try {
      const response = await access.request(streamAddress(this.#listener.base, channel), {
        headers: { Accept: "text/event-stream", ...(cursor === null ? {} : { "Last-Event-ID": cursor }) },
        cache: "no-store",
        signal,
      });
      if (await this.#isRefused(channel, response, signal)) return;
      this.#open();
      isHeard();
      await this.#follow(channel, response, signal, { isHeard, isResumed: cursor !== null });
      if (!signal.aborted) this.#lose();
    } catch {
      if (!signal.aborted) this.#lose();
    } finally {
      access.clock.clearTimeout(timer);
    }
  }

  async #follow(
    channel: Channel,
    response: Response,
    signal: AbortSignal,
    { isHeard, isResumed }: { isHeard: () => void; isResumed: boolean },
  ): Promise<void> {
    if (response.body === null) return;
    // Whoever resumes is not told so: no `sync` comes. If it cannot be, `reset` comes first.
    if (isResumed) this.#listener.heard({ type: "resumed" }, only(channel));
    for await (const event of readEvents(watchedBody(response.body, isHeard))) {
      if (signal.aborted) return;
      const update = updateOf(event);
      if (update !== null) this.#listener.heard(update, only(channel));
    }
  }

  /** Whether the server does not let us watch. Throws if it does not speak SSE. */
  async #isRefused(channel: Channel, response: Response, signal: AbortSignal): Promise<boolean> {
    const refusal = await refusalOf(response);
    if (signal.aborted) return true;
    // A server without SSE answers an item that is not there with 404: polling knows what that means.
    if (refusal !== null && !(channel.id !== undefined && response.status === 404)) {
      this.#open();
      this.#listener.heard({ type: "refused", error: refusal }, only(channel));
      return true;
    }
    const isSse = response.headers.get("Content-Type")?.startsWith("text/event-stream") ?? false;
    if (response.ok && isSse) return false;
    await response.body?.cancel().catch(() => undefined);
    throw new TypeError("this is no stream of events");
  }

  #open(): void {
    if (this.#hasOpened) return;
    this.#hasOpened = true;
    this.#listener.opened();
  }

  #lose(): void {
    if (this.#isEnded) return;
    this.close();
    this.#listener.lost();
  }
}

/** The same body; `onBytes` is called whenever some come, comments too. */
function watchedBody(body: ReadableStream<Uint8Array>, onBytes: () => void): ReadableStream<Uint8Array> {
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        onBytes();
        controller.enqueue(chunk);
      },
    }),
  );
}

/** What an event of a stream's address says; null for one that it does not have. */
export function updateOf({ event, data, id }: SseEvent): Update | null {
  let said: unknown;
  try {
    said = JSON.parse(data);
  } catch {
    return null;
  }
  const cursor = id === "" ? {} : { cursor: id };
  switch (event) {
    case "sync":
      return isSyncData(said) ? { type: "sync", data: said, ...cursor } : null;
    case "create":
    case "update":
    case "delete":
      return isItem(said) ? { type: "change", kind: event, item: said, ...cursor } : null;
    case "event":
      return isTold(said) ? { type: "event", event: Object.freeze(said), ...cursor } : null;
    case "reset":
      return { type: "reset" };
    default:
      return null;
  }
}

function isTold(said: unknown): said is StreamEvent {
  return typeof said === "object" && said !== null && typeof (said as { type?: unknown }).type === "string";
}

/**
 * The one WebSocket of the page: subscribes, remembers how far each topic was heard, comes back after
 * a break with those cursors. Knows no store and no React.
 */

import { DEFAULT_BACKOFF, waitAfter } from "../../../client/src/backoff.js";
import { realClock, type Clock } from "../../../client/src/clock.js";
import type { Batch, Subscribe, Subscribed } from "../api/types.js";

export type LiveTopic = Batch["topic"];

/** `gone`: it failed so often that people should know; it is still tried. */
export type LiveStatus = "connecting" | "live" | "reconnecting" | "gone";

/** As much of a WebSocket as is used, so that a test can be one. */
export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LiveListener {
  /** `isNewServer`: another process than the last time: nothing that was heard before still counts. */
  onSubscribed(epoch: string, isNewServer: boolean): void;
  /** As `onSubscribed`, and after each change of the topics too. */
  onTopics?(): void;
  onBatch(batch: Batch): void;
  onStatus(status: LiveStatus): void;
}

/** Attempts in a row that may fail before the server counts as gone. */
const FAILURES_UNTIL_GONE = 4;

export class LiveConnection {
  readonly #open: () => Socket;
  readonly #listener: LiveListener;
  readonly #clock: Clock;
  readonly #cursors = new Map<LiveTopic, string | null>();
  #socket: Socket | null = null;
  #isOpen = false;
  #isGreeted = false;
  #timer: unknown = null;
  #failures = 0;
  #epoch: string | null = null;
  #status: LiveStatus = "connecting";

  constructor(open: () => Socket, listener: LiveListener, topics: readonly LiveTopic[], clock: Clock = realClock) {
    this.#open = open;
    this.#listener = listener;
    this.#clock = clock;
    for (const topic of topics) this.#cursors.set(topic, null);
  }

  get status(): LiveStatus {
    return this.#status;
  }

  /** Connect now, also if the next attempt is planned for later. */
  connect(): void {
    if (this.#socket !== null) return;
    this.#clock.clearTimeout(this.#timer);
    const socket = this.#open();
    this.#socket = socket;
    this.#isOpen = false;
    this.#isGreeted = false;
    socket.onopen = () => {
      this.#isOpen = true;
      this.#subscribe();
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as Subscribed | Batch);
    socket.onclose = () => this.#closed(socket);
  }

  /** Hear a topic too, from now on. */
  follow(topic: LiveTopic): void {
    if (this.#cursors.has(topic)) return;
    this.#cursors.set(topic, null);
    if (this.#isOpen) this.#subscribe();
  }

  unfollow(topic: LiveTopic): void {
    if (this.#cursors.delete(topic) && this.#isOpen) this.#subscribe();
  }

  close(): void {
    this.#isOpen = false;
    this.#clock.clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #subscribe(): void {
    const subscription: Subscribe = { type: "subscribe", topics: Object.fromEntries(this.#cursors) };
    this.#socket?.send(JSON.stringify(subscription));
  }

  #receive(message: Subscribed | Batch): void {
    if (message.type === "batch") {
      // It may have been on its way when its topic was given up.
      if (this.#cursors.has(message.topic)) this.#cursors.set(message.topic, message.cursor);
      this.#listener.onBatch(message);
      return;
    }
    const isNewServer = this.#epoch !== null && this.#epoch !== message.epoch;
    this.#epoch = message.epoch;
    this.#failures = 0;
    for (const topic of this.#cursors.keys()) {
      // A topic that was never heard begins where it stands; others wait for what was missed.
      if (this.#cursors.get(topic) === null) this.#cursors.set(topic, message.cursors[topic] ?? null);
    }
    this.#setStatus("live");
    if (!this.#isGreeted) this.#listener.onSubscribed(message.epoch, isNewServer);
    this.#isGreeted = true;
    this.#listener.onTopics?.();
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#isOpen = false;
    this.#failures += 1;
    this.#setStatus(this.#failures < FAILURES_UNTIL_GONE ? "reconnecting" : "gone");
    const wait = waitAfter(this.#failures, DEFAULT_BACKOFF, this.#clock.random());
    this.#timer = this.#clock.setTimeout(() => this.connect(), wait);
  }

  #setStatus(status: LiveStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#listener.onStatus(status);
  }
}

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
    socket.onopen = () => socket.send(JSON.stringify(this.#subscription()));
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(String(data)) as Subscribed | Batch);
    socket.onclose = () => this.#closed(socket);
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #subscription(): Subscribe {
    return { type: "subscribe", topics: Object.fromEntries(this.#cursors) };
  }

  #receive(message: Subscribed | Batch): void {
    if (message.type === "batch") {
      this.#cursors.set(message.topic, message.cursor);
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
    this.#listener.onSubscribed(message.epoch, isNewServer);
  }

  #closed(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
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

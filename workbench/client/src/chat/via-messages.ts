/**
 * The answer comes as items of the user's own group, over a WebSocket that is opened before the
 * question is posted. One that is lost is opened again: what was said meanwhile is stored, and comes
 * first. Where none can be had the group is looked at; before the question: a plain POST.
 */

import { streamAddress } from "../address.js";
import { DEFAULT_BACKOFF, waitAfter } from "../backoff.js";
import { Alarm, pause } from "../clock.js";
import { ChatFailure } from "./failure.js";
import { historyOf, json, post, wholeText } from "./post.js";
import { openRawSocket, type RawSocket } from "./raw-socket.js";
import { isTraceItem, TraceText, type TraceItem } from "./trace-text.js";
import type { Turn, Way, WayParts } from "./turn.js";
import { showWords, viaPlain } from "./via-plain.js";

/** Looks and attempts in a row that brought nothing, after which the answer counts as lost. */
const MOST_ATTEMPTS = 8;
const OPEN_TIMEOUT = 10_000;

export function viaMessages(parts: WayParts, group: { stream: string; userId: string }): Way {
  const channel = { stream: group.stream, group: `user:${group.userId}` };
  return {
    async run(turn) {
      const line = new Line(parts, channel);
      try {
        if (!(await line.open(turn.signal))) {
          await viaPlain(parts).run(turn);
          return;
        }
        await answer(parts, turn, line);
      } finally {
        line.close();
      }
    },
  };
}

async function answer(parts: WayParts, turn: Turn, line: Line): Promise<void> {
  const response = await post(parts, turn, { stream: true, history: historyOf(turn) }, "application/json");
  const said = await json(response, turn);
  const text = wholeText(said);
  if (typeof said.response === "string" || typeof said.traceId !== "string") {
    if (text === undefined) throw new ChatFailure("FAILED", "The server's answer has neither a traceId nor a text");
    await showWords(parts, turn, text);
    return;
  }
  turn.accepted();
  const trace = new TraceText(said.traceId);
  for (let failures = 0; ; ) {
    const heard = await line.next(turn.signal);
    if (heard === null) {
      failures += 1;
      if (failures > MOST_ATTEMPTS) throw new ChatFailure("LOST", "The connection was lost before the answer was complete");
      await pause(parts.access.clock, waitAfter(failures, DEFAULT_BACKOFF, parts.access.clock.random()), turn.signal);
      await line.reopen(turn.signal);
      continue;
    }
    if (!trace.take(heard)) continue;
    failures = 0;
    turn.alive();
    if (trace.text !== "" || heard.type !== "token") turn.show(trace.text);
    if (trace.outcome.type === "error") throw new ChatFailure("FAILED", trace.outcome.message);
    if (trace.outcome.type === "complete") return;
  }
}

/** The group's items in order, from whichever socket there is. */
class Line {
  readonly #parts: WayParts;
  readonly #channel: { stream: string; group: string };
  readonly #items: TraceItem[] = [];
  #socket: RawSocket | null = null;
  readonly #alarm = new Alarm();
  #isClosed = false;

  constructor(parts: WayParts, channel: { stream: string; group: string }) {
    this.#parts = parts;
    this.#channel = channel;
  }

  /** Whether it is open now. */
  async open(signal: AbortSignal): Promise<boolean> {
    const { access, base } = this.#parts;
    const told = {
      heard: (item: unknown): void => this.#heard(item),
      lost: (): void => {
        this.#socket = null;
        this.#alarm.ring();
      },
    };
    const socket = await openRawSocket(access, base, this.#channel, told, { milliseconds: OPEN_TIMEOUT, signal });
    if (this.#isClosed) socket?.close();
    else this.#socket = socket;
    return socket !== null;
  }

  /** Open it again, or look once at what there is. */
  async reopen(signal: AbortSignal): Promise<void> {
    if (await this.open(signal)) return;
    const { access, base } = this.#parts;
    const response = await access
      .request(streamAddress(base, this.#channel), { headers: { Accept: "application/json" }, signal })
      .catch(() => null);
    const items: unknown = response?.ok === true ? await response.json().catch(() => []) : [];
    if (Array.isArray(items)) items.forEach((item) => this.#heard(item));
  }

  /** The next item; null if the socket is gone and there is none. */
  async next(signal: AbortSignal): Promise<TraceItem | null> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      signal.throwIfAborted();
      if (this.#socket === null) return null;
      await this.#alarm.rung(signal);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
    this.#socket = null;
  }

  #heard(item: unknown): void {
    if (!isTraceItem(item)) return;
    this.#items.push(item);
    this.#alarm.ring();
  }
}

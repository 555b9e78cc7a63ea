/**
 * A chat that any page can show: what was said, what is being said, and what went wrong. Which way
 * the answers come it does not know; what is shown after each event the state says.
 */

import { baseAddress } from "../address.js";
import { connect, type Connection } from "../connection.js";
import { Listeners, type Unsubscribe } from "../listeners.js";
import { accessOf, accessOptionsOf } from "../options.js";
import { chatError, ChatFailure } from "./failure.js";
import { newId } from "./ids.js";
import { checkChat } from "./options.js";
import * as states from "./state.js";
import type { Turn, Way, WayParts } from "./turn.js";
import type { ChatError, ChatMessage, ChatOptions, ChatSnapshot, ChatStatus } from "./types.js";
import { viaMessages } from "./via-messages.js";
import { viaPlain } from "./via-plain.js";
import { viaResponse } from "./via-response.js";
import { SocketIoWay } from "./via-socket-io.js";
import { messageOf, StreamWay } from "./via-stream.js";

const STOPPED = new ChatFailure("FAILED", "stopped");

/**
 * A chat with the server. Nothing is sent or opened before somebody listens or `send` is called.
 *
 * @throws TypeError an address or an option makes no sense, or `via`, or its `url` or `socket`, is missing.
 */
export function createChat(options: ChatOptions): Chat {
  checkChat(options);
  return new Chat(options);
}

export class Chat {
  readonly #options: ChatOptions;
  readonly #parts: WayParts;
  readonly #listeners = new Listeners<[]>();
  #state: states.ChatState;
  #shown: ChatSnapshot;
  #way: Way | null = null;
  #ownConnection: Connection | null = null;
  #turn: AbortController | null = null;

  /** For `createChat`. @internal */
  constructor(options: ChatOptions) {
    const { connection, sessionId, userId, body } = options;
    this.#options = options;
    this.#parts = {
      base: baseOf(options),
      access: connection?.access ?? accessOf(options),
      url: options.url ?? "",
      body: { ...(sessionId === undefined ? {} : { sessionId }), ...(userId === undefined ? {} : { userId }), ...body },
      wordInterval: options.wordInterval ?? 30,
    };
    this.#state = states.newChat(options.conversationId ?? newId(), options.messages ?? []);
    this.#shown = states.shown(this.#state, null);
  }

  get messages(): readonly ChatMessage[] {
    return this.#shown.messages;
  }

  get status(): ChatStatus {
    return this.#shown.status;
  }

  get error(): ChatError | null {
    return this.#shown.error;
  }

  get conversationId(): string {
    return this.#shown.conversationId;
  }

  /** The same object until something changes. */
  readonly getSnapshot = (): ChatSnapshot => this.#shown;

  /** Called after each change. The first listener of a `stream` or `socket.io` chat begins to hear its conversation. */
  readonly subscribe = (listener: () => void): Unsubscribe => {
    const unsubscribe = this.#listeners.add(listener);
    this.#open();
    return unsubscribe;
  };

  /**
   * Say something. Ends when the answer has, also if it failed: see `error`. Empty text, and text while
   * an answer is on its way, is not sent.
   */
  async send(text: string): Promise<void> {
    if (this.#turn !== null || text.trim() === "") return;
    const history = this.#shown.messages.filter(isHistory);
    const aborter = new AbortController();
    this.#turn = aborter;
    this.#change(states.began(this.#state, text, { question: newId(), answer: newId() }));
    const turn = this.#turnFor(text, history, aborter);
    try {
      await this.#open().run(turn);
      turn.end();
      this.#finish(aborter);
    } catch (error) {
      turn.end();
      this.#fail(aborter, error);
    }
  }

  /** Say again what failed. */
  async retry(): Promise<void> {
    const text = this.#state.turn?.question.text;
    if (this.#turn !== null || text === undefined) return;
    this.#change(states.retried(this.#state));
    await this.send(text);
  }

  /** Give up the answer that is on its way; what came of it stays. */
  stop(): void {
    this.#turn?.abort(STOPPED);
  }

  /** Stop, and let go of what is open. `send` and `subscribe` open it again. */
  close(): void {
    this.stop();
    this.#way?.close?.();
    this.#ownConnection?.close();
    this.#ownConnection = null;
    this.#way = null;
  }

  #open(): Way {
    this.#way ??= this.#newWay();
    this.#way.open?.();
    return this.#way;
  }

  #newWay(): Way {
    const options = this.#options;
    const { stream } = options;
    const parts = { ...this.#parts, body: { ...this.#parts.body, conversationId: this.conversationId } };
    switch (options.via) {
      case "stream":
        return this.#newStreamWay();
      case "response":
        return viaResponse(parts);
      case "messages": {
        const userId = options.userId ?? `user-${newId()}`;
        const group = { stream: stream ?? "chat-messages", userId };
        return viaMessages({ ...parts, body: { ...parts.body, userId } }, group);
      }
      case "plain":
        return viaPlain(parts);
      case "socket.io":
        return new SocketIoWay(this.#parts.body, options.socket, (message) => this.#change(states.overheard(this.#state, message)));
    }
  }

  #newStreamWay(): StreamWay {
    const { connection, stream, toMessage } = this.#options;
    if (connection === undefined) this.#ownConnection = connect(this.#parts.base, accessOptionsOf(this.#options));
    return new StreamWay(this.#parts, {
      connection: connection ?? (this.#ownConnection as Connection),
      stream: stream ?? "conversation",
      conversationId: this.conversationId,
      toMessage: toMessage ?? messageOf,
      told: {
        stored: (messages, isKnown) => this.#change(states.stored(this.#state, messages, isKnown)),
        renamed: (ids) => this.#change(states.renamed(this.#state, ids)),
        finishedLate: () => this.#change(states.finished(this.#state)),
      },
    });
  }

  #turnFor(text: string, history: readonly ChatMessage[], aborter: AbortController): Turn & { end(): void } {
    const { clock } = this.#parts.access;
    const expired = (): void => aborter.abort(new ChatFailure("TIMEOUT", "The server does not answer"));
    const wait = this.#options.timeout ?? 60_000;
    let timer = clock.setTimeout(expired, wait);
    const isRunning = (): boolean => this.#turn === aborter && !aborter.signal.aborted;
    return {
      text,
      history,
      signal: aborter.signal,
      alive: () => {
        clock.clearTimeout(timer);
        if (isRunning()) timer = clock.setTimeout(expired, wait);
      },
      accepted: () => {
        if (isRunning()) this.#change(states.accepted(this.#state));
      },
      show: (answer) => {
        if (isRunning()) this.#show(answer);
      },
      end: () => clock.clearTimeout(timer),
    };
  }

  /** Stored messages show themselves; only that there is something is ours to say. */
  #show(answer: string): void {
    const isStored = this.#options.via === "stream";
    this.#change(isStored ? { ...this.#state, status: "streaming" } : states.answered(this.#state, answer));
  }

  #finish(aborter: AbortController): void {
    if (this.#turn !== aborter) return;
    this.#turn = null;
    this.#change(states.finished(this.#state));
  }

  #fail(aborter: AbortController, error: unknown): void {
    if (this.#turn !== aborter) return;
    this.#turn = null;
    // What the aborted requests say of it is no reason.
    const reason: unknown = aborter.signal.aborted ? aborter.signal.reason : error;
    if (reason !== STOPPED) {
      this.#change(states.failed(this.#state, chatError(reason)));
      return;
    }
    this.#way?.freeze?.();
    this.#change(states.stopped(this.#state));
  }

  #change(state: states.ChatState): void {
    this.#state = state;
    const shown = states.shown(state, this.#shown);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#listeners.tell();
  }
}

/** What failed here, or answers somebody else, is no part of this talk. */
function isHistory({ status, name }: ChatMessage): boolean {
  return name === undefined && (status === "complete" || status === "stopped");
}

/** Where requests go; nowhere, if a socket does it all. */
function baseOf({ via, server, connection }: ChatOptions): string {
  if (via === "socket.io") return "";
  return server === undefined && connection !== undefined ? connection.url : baseAddress(server);
}

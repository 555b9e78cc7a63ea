/**
 * Question and answer are events of a Socket.IO socket, as seed 004 names them. Events with a
 * `participantName` answer somebody else in the room. The socket is its maker's, who joins rooms and
 * closes it; one that is lost takes the rest of an answer with it.
 */

import { ChatFailure } from "./failure.js";
import { newId } from "./ids.js";
import { historyOf } from "./post.js";
import type { Turn, Way } from "./turn.js";
import type { ChatMessage, SocketLike } from "./types.js";

type Said = Readonly<Record<string, unknown>>;
type Kind = "start" | "chunk" | "complete" | "error";
type Listeners = Readonly<Record<string, (said: unknown) => void>>;

const LOST = new ChatFailure("LOST", "The connection was lost before the answer was complete");
const NO_TEXT = 'The server\'s answer has no text; a `stream-chunk` event is {"content": "…", "fullResponse": "…"}';

/** An answer that has not ended, also of a turn that was given up here. */
interface Asked {
  readonly turn: Turn;
  text: string;
  complete(): void;
  fail(failure: ChatFailure): void;
}

export class SocketIoWay implements Way {
  readonly #body: Said;
  readonly #socket: SocketLike;
  readonly #overheard: (message: ChatMessage) => void;
  readonly #questions: Questions;
  /** What others are being answered, by their names. */
  readonly #others = new Map<string, ChatMessage>();
  #isOpen = false;
  readonly #listeners: Listeners = {
    ...listenersTo((kind, said) => this.#heard(kind, said)),
    disconnect: () => this.#lost(),
  };

  /** @param overheard takes an answer to somebody else, again each time that it has grown. */
  constructor(body: Said, socket: SocketLike, overheard: (message: ChatMessage) => void) {
    this.#body = body;
    this.#socket = socket;
    this.#questions = Questions.over(socket);
    this.#overheard = overheard;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    listen(this.#socket, this.#listeners);
  }

  close(): void {
    this.#isOpen = false;
    unlisten(this.#socket, this.#listeners);
    this.#lost();
  }

  async run(turn: Turn): Promise<void> {
    // What is said to a socket that is not connected is kept by it, and would be sent also if it was given up.
    await connected(this.#socket, turn.signal);
    turn.signal.throwIfAborted();
    await new Promise<void>((complete, fail) => {
      turn.signal.addEventListener("abort", () => fail(turn.signal.reason as Error));
      const messages = [...historyOf(turn), { role: "user", content: turn.text }];
      this.#questions.ask({ turn, text: "", complete, fail }, { ...this.#body, messages });
    });
  }

  #heard(kind: Kind, said: Said): void {
    if (typeof said.participantName === "string") this.#heardOfOther(said.participantName, kind, said);
  }

  #heardOfOther(name: string, kind: Kind, said: Said): void {
    const known = this.#others.get(name);
    if (kind === "start" && known !== undefined) this.#end(known, LOST);
    const before = kind === "start" ? undefined : known;
    const { text: shown, ...message } = before ?? { id: newId(), role: "assistant", text: "", status: "streaming", name };
    const text = textAfter(shown, said) ?? shown;
    const now: ChatMessage = Object.freeze({ ...message, text });
    if (kind === "complete") this.#end(now, null);
    else if (kind === "error") this.#end(now, failureOf(said.error));
    else {
      this.#others.set(name, now);
      this.#overheard(now);
    }
  }

  #end(message: ChatMessage, failure: ChatFailure | null): void {
    if (message.name !== undefined) this.#others.delete(message.name);
    const { error } = failure ?? {};
    this.#overheard(Object.freeze(error === undefined ? { ...message, status: "complete" } : { ...message, status: "error", error }));
  }

  /** Whatever was on its way to others is not heard any more. */
  #lost(): void {
    for (const message of [...this.#others.values()]) this.#end(message, LOST);
  }
}

/**
 * What was asked over one socket and has not been answered. The server answers in turn, so an event is the first one's,
 * whichever chat asked it: one that has closed is answered all the same. Until the last answer has ended the socket is listened to.
 */
class Questions {
  static readonly #bySocket = new WeakMap<SocketLike, Questions>();
  readonly #socket: SocketLike;
  #asked: Asked[] = [];
  readonly #listeners: Listeners = {
    ...listenersTo((kind, said) => this.#heard(kind, said)),
    disconnect: () => this.#lost(),
  };

  static over(socket: SocketLike): Questions {
    const known = Questions.#bySocket.get(socket) ?? new Questions(socket);
    Questions.#bySocket.set(socket, known);
    return known;
  }

  private constructor(socket: SocketLike) {
    this.#socket = socket;
  }

  ask(asked: Asked, body: Said): void {
    if (this.#asked.length === 0) listen(this.#socket, this.#listeners);
    this.#asked.push(asked);
    this.#socket.emit("stream-chat", body, (said: unknown) => this.#acknowledged(asked, said));
  }

  /** One that says nothing of an error says nothing of the end either: a server may acknowledge first. */
  #acknowledged(asked: Asked, said: unknown): void {
    const { error } = saidOf(said);
    if (error === undefined || !this.#asked.includes(asked)) return;
    this.#ended(asked);
    asked.fail(failureOf(error));
  }

  #heard(kind: Kind, said: Said): void {
    const [asked] = this.#asked;
    if (asked === undefined || typeof said.participantName === "string") return;
    const { turn } = asked;
    if (kind === "complete" || kind === "error") this.#ended(asked);
    turn.alive();
    turn.accepted();
    if (kind === "start") return;
    if (kind === "error") {
      asked.fail(failureOf(said.error));
      return;
    }
    const text = textAfter(asked.text, said) ?? (kind === "complete" ? asked.text : undefined);
    if (text === undefined) asked.fail(new ChatFailure("FAILED", NO_TEXT));
    else turn.show((asked.text = text));
    if (kind === "complete") asked.complete();
  }

  #ended(...ended: readonly Asked[]): void {
    this.#asked = this.#asked.filter((asked) => !ended.includes(asked));
    if (this.#asked.length === 0) unlisten(this.#socket, this.#listeners);
  }

  /** Whatever was on its way does not come any more. */
  #lost(): void {
    const lost = this.#asked;
    this.#ended(...lost);
    for (const asked of lost) asked.fail(LOST);
  }
}

function listenersTo(heard: (kind: Kind, said: Said) => void): Listeners {
  return {
    "stream-start": (said) => heard("start", saidOf(said)),
    "stream-chunk": (said) => heard("chunk", saidOf(said)),
    "stream-complete": (said) => heard("complete", saidOf(said)),
    "stream-error": (said) => heard("error", saidOf(said)),
  };
}

function listen(socket: SocketLike, listeners: Listeners): void {
  for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
}

function unlisten(socket: SocketLike, listeners: Listeners): void {
  for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
}

/** Ends once the socket is connected; one that does not try does so now. */
function connected(socket: SocketLike, signal: AbortSignal): Promise<void> {
  if (socket.connected) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      // One that was refused does not try again.
      end(() => reject(socket.active ? new ChatFailure("NETWORK", "The server cannot be reached") : new ChatFailure("REFUSED", error.message)));
    };
    const opened = (): void => end(resolve);
    const aborted = (): void => end(() => reject(signal.reason as Error));
    const end = (settle: () => void): void => {
      socket.off("connect", opened);
      socket.off("connect_error", failed);
      signal.removeEventListener("abort", aborted);
      settle();
    };
    socket.on("connect", opened);
    socket.on("connect_error", failed);
    signal.addEventListener("abort", aborted);
    if (!socket.active) socket.connect();
  });
}

/** An answer after an event; undefined if it is a chunk without any text. */
function textAfter(text: string, { content, fullResponse }: Said): string | undefined {
  if (typeof fullResponse === "string") return fullResponse;
  return typeof content === "string" ? text + content : undefined;
}

function saidOf(data: unknown): Said {
  return typeof data === "object" && data !== null ? (data as Said) : {};
}

function failureOf(error: unknown): ChatFailure {
  return new ChatFailure("FAILED", typeof error === "string" && error !== "" ? error : "The answer failed");
}

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

const LOST = new ChatFailure("LOST", "The connection was lost before the answer was complete");
const NO_TEXT = 'The server\'s answer has no text; a `stream-chunk` event is {"content": "…", "fullResponse": "…"}';

/** An answer that has not ended. */
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
  /** The server answers one socket's questions in turn, also those that were given up here: an event is the first one's. */
  #asked: Asked[] = [];
  /** What others are being answered, by their names. */
  readonly #others = new Map<string, ChatMessage>();
  #isOpen = false;
  readonly #listeners: Readonly<Record<string, (said: unknown) => void>> = {
    "stream-start": (said) => this.#heard("start", said),
    "stream-chunk": (said) => this.#heard("chunk", said),
    "stream-complete": (said) => this.#heard("complete", said),
    "stream-error": (said) => this.#heard("error", said),
    disconnect: () => this.#lost(),
  };

  /** @param overheard takes an answer to somebody else, again each time that it has grown. */
  constructor(body: Said, socket: SocketLike, overheard: (message: ChatMessage) => void) {
    this.#body = body;
    this.#socket = socket;
    this.#overheard = overheard;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.on(event, listener);
  }

  close(): void {
    this.#isOpen = false;
    for (const [event, listener] of Object.entries(this.#listeners)) this.#socket.off(event, listener);
    this.#lost();
  }

  async run(turn: Turn): Promise<void> {
    // What is said to a socket that is not connected is kept by it, and would be sent also if it was given up.
    await connected(this.#socket, turn.signal);
    turn.signal.throwIfAborted();
    await new Promise<void>((complete, fail) => {
      turn.signal.addEventListener("abort", () => fail(turn.signal.reason as Error));
      const asked: Asked = { turn, text: "", complete, fail };
      this.#asked.push(asked);
      const messages = [...historyOf(turn), { role: "user", content: turn.text }];
      this.#socket.emit("stream-chat", { ...this.#body, messages }, (said: unknown) => this.#acknowledged(asked, said));
    });
  }

  /** One that says nothing of an error says nothing of the end either: a server may acknowledge first. */
  #acknowledged(asked: Asked, said: unknown): void {
    const { error } = saidOf(said);
    if (error === undefined || !this.#asked.includes(asked)) return;
    this.#asked = this.#asked.filter((other) => other !== asked);
    asked.fail(failureOf(error));
  }

  #heard(kind: Kind, data: unknown): void {
    const said = saidOf(data);
    if (typeof said.participantName === "string") this.#heardOfOther(said.participantName, kind, said);
    else this.#heardOfOwn(kind, said);
  }

  #heardOfOwn(kind: Kind, said: Said): void {
    const [asked] = this.#asked;
    if (asked === undefined) return;
    const { turn } = asked;
    if (kind === "complete" || kind === "error") this.#asked.shift();
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

  /** Whatever was on its way does not come any more. */
  #lost(): void {
    for (const asked of this.#asked.splice(0)) asked.fail(LOST);
    for (const message of [...this.#others.values()]) this.#end(message, LOST);
  }
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

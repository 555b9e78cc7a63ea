/**
 * The conversation is a group of a stream: the POST only says what was asked, and all messages, the
 * answer too, are items that the connection keeps up to date. So a lost connection costs nothing.
 */

import { Alarm } from "../clock.js";
import type { Connection } from "../connection.js";
import type { Subscription } from "../subscription.js";
import type { Item } from "../types.js";
import { ChatFailure } from "./failure.js";
import { json, post } from "./post.js";
import type { Turn, Way, WayParts } from "./turn.js";
import type { ChatMessage } from "./types.js";

/** What the conversation tells its chat. */
export interface Conversation {
  /** These are its messages now. */
  stored(messages: readonly ChatMessage[], isQuestionKnown: boolean): void;
  /** The server has other ids for it. */
  renamed(ids: { conversationId: string; answerId: string | undefined }): void;
  /** An answer that was given up has come after all. */
  finishedLate(): void;
}

export class StreamWay implements Way {
  readonly #parts: WayParts;
  readonly #connection: Connection;
  readonly #stream: string;
  readonly #toMessage: (item: Item) => ChatMessage;
  readonly #told: Conversation;
  /** So that a message stays the same object as long as its item does. */
  readonly #messages = new WeakMap<Item, ChatMessage>();
  /** What was shown of answers that the user stopped. */
  readonly #stopped = new Map<string, ChatMessage>();
  #conversationId: string;
  #subscription: Subscription | null = null;
  /** The items that were there when the question was asked; null between turns. */
  #before: ReadonlySet<string> | null = null;
  #question = "";
  #answerId: string | undefined;
  #isGivenUp = false;
  readonly #alarm = new Alarm();

  constructor(
    parts: WayParts,
    more: { connection: Connection; stream: string; conversationId: string; toMessage: (item: Item) => ChatMessage; told: Conversation },
  ) {
    this.#parts = parts;
    this.#connection = more.connection;
    this.#stream = more.stream;
    this.#conversationId = more.conversationId;
    this.#toMessage = more.toMessage;
    this.#told = more.told;
  }

  open(): void {
    if (this.#subscription !== null) return;
    this.#subscription = this.#connection.subscribe(this.#stream, this.#conversationId);
    this.#subscription.onChange(() => this.#changed());
    this.#changed();
  }

  close(): void {
    this.#subscription?.close();
    this.#subscription = null;
  }

  async run(turn: Turn): Promise<void> {
    this.open();
    this.#before = new Set(this.#subscription?.items.map(({ id }) => id));
    this.#question = turn.text;
    this.#answerId = undefined;
    this.#isGivenUp = false;
    try {
      const response = await post(this.#parts, turn, { conversationId: this.#conversationId }, "application/json");
      this.#named(await json(response, turn));
      turn.accepted();
      await this.#answered(turn);
      this.#before = null;
    } catch (error) {
      // It may still come; `freeze` says that nobody wants it.
      this.#isGivenUp = this.#answerId !== undefined;
      this.#before = null;
      throw error;
    }
  }

  /** What `stop()` was said to: the server goes on, but this answer stays as it is here. */
  freeze(): void {
    const answer = this.#answer();
    if (answer !== undefined) this.#stopped.set(answer.id, { ...answer, status: "stopped" });
    this.#isGivenUp = false;
    this.#changed();
  }

  /** The answer names the conversation, and the item that the answer will be. */
  #named(said: Readonly<Record<string, unknown>>): void {
    const id = said.assistantMessageId ?? said.id;
    this.#answerId = typeof id === "string" ? id : undefined;
    const { conversationId } = said;
    if (typeof conversationId === "string" && conversationId !== "" && conversationId !== this.#conversationId) {
      this.#conversationId = conversationId;
      this.close();
      this.open();
    }
    this.#told.renamed({ conversationId: this.#conversationId, answerId: this.#answerId });
    this.#changed();
  }

  async #answered(turn: Turn): Promise<void> {
    let shown = "";
    for (;;) {
      turn.signal.throwIfAborted();
      const error = this.#subscription?.error;
      if (error) throw new ChatFailure("REFUSED", error.message);
      const answer = this.#answer();
      if (answer !== undefined && answer.text !== shown) {
        shown = answer.text;
        turn.alive();
        turn.show(shown);
      }
      if (answer?.status === "error") throw new ChatFailure("FAILED", answer.text || "The answer failed");
      if (answer?.status === "complete") return;
      await this.#alarm.rung(turn.signal);
    }
  }

  #answer(): ChatMessage | undefined {
    const messages = this.#subscription?.items.map((item) => this.#messageOf(item)) ?? [];
    if (this.#answerId !== undefined) return messages.find(({ id }) => id === this.#answerId);
    return messages.findLast(({ id, role }) => role === "assistant" && this.#before?.has(id) === false);
  }

  #changed(): void {
    // Opened again, it knows nothing yet; what it knew before is still shown.
    if (this.#subscription?.status !== "loading") this.#tell(this.#subscription?.items ?? []);
    this.#alarm.ring();
  }

  #tell(items: readonly Item[]): void {
    const isKnown = items.some((item) => {
      const message = this.#messageOf(item);
      return this.#before?.has(message.id) === false && message.role === "user" && message.text === this.#question;
    });
    const messages = items.map((item) => this.#stopped.get(item.id) ?? this.#messageOf(item));
    this.#told.stored(messages, isKnown);
    if (this.#isGivenUp && this.#answer()?.status === "complete") {
      this.#isGivenUp = false;
      this.#told.finishedLate();
    }
  }

  #messageOf(item: Item): ChatMessage {
    const known = this.#messages.get(item);
    if (known !== undefined) return known;
    const message = Object.freeze(this.#toMessage(item));
    this.#messages.set(item, message);
    return message;
  }
}

/** What an item of a conversation says, in the words that the seeds use for it. */
export function messageOf(item: Item): ChatMessage {
  const text = [item.message, item.text, item.content].find((value) => typeof value === "string") ?? "";
  const said = item.from ?? item.role ?? "assistant";
  return { id: item.id, role: said === "user" ? "user" : "assistant", text: text as string, status: statusOf(item.status) };
}

function statusOf(status: unknown): ChatMessage["status"] {
  if (status === "created" || status === "pending" || status === "streaming") return "streaming";
  return status === "error" || status === "failed" ? "error" : "complete";
}

/**
 * Sends a request and tells what comes back as it comes: the head, the body in pieces, the end or why
 * there is none. Tells at most every TELL_MS, however fast it comes.
 */

import { SseParser } from "../../../../client/src/sse-parser.js";
import type { Request } from "../request/draft.js";
import { bodyKind, MOST_EVENTS, MOST_KEPT, newAnswer, type Answer, type EventRow, type Head } from "./answer.js";

const TELL_MS = 40;

/** What the world gives; tests give their own. */
export interface World {
  fetch(path: string, init: RequestInit): Promise<Response>;
  /** Milliseconds, from any beginning. */
  now(): number;
  /** Seconds since the epoch. */
  time(): number;
}

const WORLD: World = {
  fetch: (path, init) => fetch(path, init),
  now: () => performance.now(),
  time: () => Date.now() / 1000,
};

export interface Asking {
  /** As it was when it was sent. */
  readonly begun: Answer;
  /** Ends when the answer has; never throws. */
  readonly ended: Promise<Answer>;
  cancel(): void;
}

export function ask(request: Request, tell: (answer: Answer) => void, world: World = WORLD): Asking {
  const abort = new AbortController();
  const begun = newAnswer(request, world.time());
  const run = new Run(begun, tell, world);
  return { begun, ended: run.take(abort.signal), cancel: () => abort.abort() };
}

class Run {
  #answer: Answer;
  readonly #tell: (answer: Answer) => void;
  readonly #world: World;
  readonly #begun: number;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(answer: Answer, tell: (answer: Answer) => void, world: World) {
    this.#answer = answer;
    this.#tell = tell;
    this.#world = world;
    this.#begun = world.now();
    tell(answer);
  }

  async take(signal: AbortSignal): Promise<Answer> {
    try {
      const response = await this.#sent(signal);
      const head = this.#headOf(response);
      this.#change({ state: "coming", head });
      if (head.kind !== "none" && response.body !== null) await this.#read(response.body, head);
      this.#change({ state: "done", took: this.#passed() });
    } catch (error) {
      const took = this.#passed();
      if (signal.aborted) this.#change({ state: "cancelled", took });
      else this.#change({ state: "failed", took, error: reasonOf(error, this.#answer) });
    }
    return this.#end();
  }

  async #sent(signal: AbortSignal): Promise<Response> {
    const { method, path, headers, body } = this.#answer.request;
    return await this.#world.fetch(path, { method, headers: checkedHeaders(headers), body, signal, cache: "no-store" });
  }

  #headOf(response: Response): Head {
    const contentType = response.headers.get("content-type") ?? "";
    return {
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers],
      contentType,
      kind: bodyKind(this.#answer.request.method, response.status, contentType),
      redirectedTo: response.redirected ? response.url : null,
      after: this.#passed(),
    };
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>, { kind, contentType }: Head): Promise<void> {
    const take = { events: this.#events(), binary: this.#binary(contentType) }[kind as string] ?? this.#text();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      take(value ?? null);
      if (done) return;
      this.#change({ bytes: this.#answer.bytes + value.length });
    }
  }

  #events(): (chunk: Uint8Array | null) => void {
    const parser = new SseParser();
    let count = 0;
    return (chunk) => {
      const parts = chunk === null ? [] : parser.push(chunk);
      if (parts.length === 0) return;
      const at = this.#passed();
      const rows: readonly EventRow[] = parts.map((part) => ({ ...part, number: (count += 1), at }));
      this.#change({ events: [...this.#answer.events, ...rows].slice(-MOST_EVENTS), isCut: count > MOST_EVENTS });
    };
  }

  #text(): (chunk: Uint8Array | null) => void {
    const decoder = new TextDecoder();
    return (chunk) => {
      const piece = chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
      const { text } = this.#answer;
      if (text.length < MOST_KEPT) this.#change({ text: text + piece });
      else if (piece !== "") this.#change({ isCut: true });
    };
  }

  #binary(type: string): (chunk: Uint8Array<ArrayBuffer> | null) => void {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    return (chunk) => {
      if (this.#answer.bytes > MOST_KEPT) {
        parts.length = 0;
        this.#change({ isCut: true });
      } else if (chunk !== null) parts.push(chunk);
      else this.#change({ blob: new Blob(parts, { type }) });
    };
  }

  #passed(): number {
    return this.#world.now() - this.#begun;
  }

  #change(change: Partial<Answer>): void {
    this.#answer = { ...this.#answer, ...change };
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#tell(this.#answer);
    }, TELL_MS);
  }

  #end(): Answer {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#tell(this.#answer);
    return this.#answer;
  }
}

/** Headers that a browser sets itself, and leaves out when a page gives them. */
const BROWSERS_OWN = /^(accept-charset|accept-encoding|connection|content-length|cookie|date|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/i;

/** Whether a page may not send a header of this name; the copied commands send it. */
export function isBrowsersOwn(name: string): boolean {
  return BROWSERS_OWN.test(name.trim());
}

function checkedHeaders(headers: Request["headers"]): [string, string][] {
  for (const [name, value] of headers) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw new Refused(`“${name}: ${value}” cannot be sent as a header: names are letters, digits and dashes, values are plain Latin text.`);
    }
  }
  return headers.map(([name, value]) => [name, value]);
}

/** The request was not sent: its text says why. */
class Refused extends Error {}

function reasonOf(error: unknown, { head, bytes }: Answer): string {
  if (error instanceof Refused) return error.message;
  if (head !== null) return `The connection broke after ${bytes} bytes of the body. If the handler failed while it answered, its trace tells why.`;
  if (!navigator.onLine && location.hostname !== "localhost" && !location.hostname.startsWith("127.")) return "This machine is offline.";
  return "No answer came: the server is not running, closed the connection, or sent the browser to another site, which does not let this page read its answer.";
}

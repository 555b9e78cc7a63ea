/**
 * Server-sent events from bytes, after the WHATWG's rules: CR, LF and CRLF, a BOM, comments, data of
 * several lines, and characters that are cut in two. Pure.
 */

export interface SseEvent {
  /** `message` if the server does not say. */
  readonly event: string;
  readonly data: string;
  /** The last id that the server gave, with this event or before it; empty if none. */
  readonly id: string;
}

export class SseParser {
  /** Takes the BOM away, too. */
  readonly #decoder = new TextDecoder();
  #rest = "";
  /** The last chunk ended with CR: a LF that comes next belongs to it. */
  #isAfterCarriageReturn = false;
  #event = "";
  #data: string[] = [];
  #id = "";
  /** Milliseconds that the server asks to wait before the next attempt; null if it did not. */
  retry: number | null = null;

  /** The events that end within this chunk. One that is cut off at the end of all is none. */
  push(chunk: Uint8Array): SseEvent[] {
    let text = this.#decoder.decode(chunk, { stream: true });
    if (text === "") return [];
    if (this.#isAfterCarriageReturn && text.startsWith("\n")) text = text.slice(1);
    this.#isAfterCarriageReturn = text === "" ? false : text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? "";
    const events: SseEvent[] = [];
    for (const line of lines) {
      if (line === "") this.#dispatch(events);
      else this.#field(line);
    }
    return events;
  }

  #dispatch(events: SseEvent[]): void {
    if (this.#data.length > 0)
      events.push({ event: this.#event || "message", data: this.#data.join("\n"), id: this.#id });
    this.#event = "";
    this.#data = [];
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retry = Number(value);
  }
}

/** The events of a response's body as they come. Ends with the body; throws if it is cut off. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  const parser = new SseParser();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    // Also when whoever reads has enough: the server hears that nobody is there.
    await reader.cancel().catch(() => undefined);
  }
}

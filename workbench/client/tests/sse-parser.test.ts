import { expect, test } from "vitest";
import { readEvents, SseParser, type SseEvent } from "../src/sse-parser.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (...chunks: (string | Uint8Array)[]): SseEvent[] => {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(typeof chunk === "string" ? bytes(chunk) : chunk));
};
const data = (...chunks: string[]): string[] => read(...chunks).map((event) => event.data);

test.each([
  ["LF", "event: a\ndata: 1\n\n"],
  ["CR", "event: a\rdata: 1\r\r"],
  ["CRLF", "event: a\r\ndata: 1\r\n\r\n"],
  ["all of them", "event: a\r\ndata: 1\r\n\n"],
])("lines may end in %s", (_, text) => {
  expect(read(text)).toEqual([{ event: "a", data: "1", id: "" }]);
});

test("a byte order mark at the start is none of the text, wherever it is cut", () => {
  expect(read(new Uint8Array([0xef]), new Uint8Array([0xbb, 0xbf]), "data: 1\n\n")).toHaveLength(1);
});

test("data of several lines is one text with line feeds", () => {
  expect(data("data: a\ndata\ndata:  b\n\n")).toEqual(["a\n\n b"]);
});

test("comments and unknown fields say nothing", () => {
  expect(data(": ping\n\nfoo: bar\ndata: 1\n: more\n\n")).toEqual(["1"]);
});

test("an event without data is none, and its name is not kept", () => {
  expect(read("event: a\n\ndata: 1\n\n")).toEqual([{ event: "message", data: "1", id: "" }]);
});

test("an id lasts until the next one; one with a NUL is none", () => {
  expect(read("id: 7\ndata: 1\n\nid: 8\0\ndata: 2\n\nid\ndata: 3\n\n").map(({ id }) => id)).toEqual(["7", "7", ""]);
});

test("a retry is whole milliseconds", () => {
  const parser = new SseParser();
  parser.push(bytes("retry: 1x\n"));
  expect(parser.retry).toBeNull();
  parser.push(bytes("retry: 250\n"));
  expect(parser.retry).toBe(250);
});

test("what is not ended by an empty line is no event", () => {
  expect(data("data: 1\n\ndata: 2\n")).toEqual(["1"]);
});

test("it does not matter where the bytes are cut", () => {
  const whole = bytes("event: x\r\ndata: 字🙂é\r\ndata: b\r\n\r\n:c\rdata: 2\r\r\nid: 9\ndata: 3\n\n");
  const expected = read(whole);
  expect(expected).toHaveLength(3);

  for (let at = 0; at <= whole.length; at++) expect(read(whole.slice(0, at), whole.slice(at))).toEqual(expected);
  expect(read(...Array.from(whole, (byte) => new Uint8Array([byte])))).toEqual(expected);
});

test("who stops reading cancels the body", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(bytes("data: 1\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });

  for await (const event of readEvents(body)) {
    expect(event.data).toBe("1");
    break;
  }

  expect(isCancelled).toBe(true);
});

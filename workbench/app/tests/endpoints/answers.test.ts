import { describe, expect, test } from "vitest";
import type { TraceView } from "../../src/api/types.js";
import { bodyKind, fileName, MOST_EVENTS, newAnswer, traceOf, type Answer } from "../../src/endpoints/answer/answer.js";
import { ask, isBrowsersOwn, type World } from "../../src/endpoints/answer/asking.js";
import { detailsOf } from "../../src/endpoints/answer/details.js";
import { sizeText } from "../../src/endpoints/answer/size.js";
import type { Request } from "../../src/endpoints/request/draft.js";
import { channelsIn, channelsOf } from "../../src/endpoints/stream/channels.js";

const REQUEST: Request = { method: "POST", path: "/chat", headers: [], body: null };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A server that says what the test says, when it does. */
function serving(type: string, status = 200) {
  let pipe!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (controller) => void (pipe = controller) });
  let now = 0;
  const told: Answer[] = [];
  const world: World = {
    now: () => (now += 10),
    time: () => 1000,
    fetch: async (_path, { signal }) => {
      signal?.addEventListener("abort", () => pipe.error(signal.reason));
      return new Response(body, { status, headers: { "content-type": type, "x-trace-id": "t1" } });
    },
  };
  const asking = ask(REQUEST, (answer) => told.push(answer), world);
  return { asking, told, say: (text: string | Uint8Array) => pipe.enqueue(typeof text === "string" ? bytes(text) : text), end: () => pipe.close(), fail: () => pipe.error(new TypeError("reset")) };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries > 200) throw new Error("it does not become so");
    await new Promise((done) => setTimeout(done, 5));
  }
}

describe("an answer", () => {
  test("events are told before the answer ends", async () => {
    const server = serving("text/event-stream; charset=utf-8");
    server.say("event: token\ndata: {\"a\":1}\n\nda");
    await until(() => server.told.at(-1)?.events.length === 1);
    expect(server.told.at(-1)).toMatchObject({ state: "coming", events: [{ number: 1, event: "token", data: '{"a":1}' }] });

    server.say("ta: end\n\n");
    server.end();
    expect((await server.asking.ended).events.map(({ number, event, data }) => [number, event, data])).toEqual([[1, "token", '{"a":1}'], [2, "message", "end"]]);
  });

  test("of very many events the last are kept", async () => {
    const server = serving("text/event-stream");
    server.say("data: x\n\n".repeat(MOST_EVENTS + 3));
    server.end();
    const { events, isCut } = await server.asking.ended;

    expect([events.length, events[0]?.number, isCut]).toEqual([MOST_EVENTS, 4, true]);
  });

  test("a letter that is cut in two is whole again", async () => {
    const server = serving("text/plain");
    const whole = bytes("é");
    server.say(whole.slice(0, 1));
    server.say(whole.slice(1));
    server.end();

    expect(await server.asking.ended).toMatchObject({ state: "done", text: "é", bytes: 2 });
  });

  test("what is no text is kept as it is", async () => {
    const server = serving("image/png");
    server.say(new Uint8Array([1, 255]));
    server.end();
    const { blob, text } = await server.asking.ended;

    expect([blob?.size, blob?.type, text]).toEqual([2, "image/png", ""]);
  });

  test("cancelled, it keeps what came", async () => {
    const server = serving("text/plain");
    server.say("half");
    await until(() => server.told.at(-1)?.text === "half");
    server.asking.cancel();

    expect(await server.asking.ended).toMatchObject({ state: "cancelled", text: "half", error: null });
  });

  test("cut off, it says so in words", async () => {
    const server = serving("text/plain");
    server.say("half");
    await until(() => server.told.at(-1)?.text === "half");
    server.fail();
    const answer = await server.asking.ended;

    expect([answer.state, answer.text]).toEqual(["failed", "half"]);
    expect(answer.error).toContain("The connection broke after 4 bytes");
  });

  test("a header that cannot be sent is told", async () => {
    const asking = ask({ ...REQUEST, headers: [["a b", "1"]] }, () => undefined);

    expect((await asking.ended).error).toContain("“a b: 1” cannot be sent as a header");
  });

  test("it knows its trace", async () => {
    const server = serving("text/plain");
    server.end();

    expect(traceOf(await server.asking.ended)).toBe("t1");
  });
});

test("what a server says of a body holds for that body", () => {
  const text = JSON.stringify({ error: "…", details: [{ path: "lines.0.count", message: "too many" }, { path: 1 }, null] });
  const head = { status: 400 } as NonNullable<Answer["head"]>;
  const answer: Answer = { ...newAnswer({ ...REQUEST, body: "{}" }, 0), state: "done", head, text };

  expect([...detailsOf(answer, "{}")]).toEqual([["lines.0.count", "too many"]]);
  expect([detailsOf(answer, "{ }").size, detailsOf({ ...answer, text: "no" }, "{}").size, detailsOf(undefined, "{}").size]).toEqual([0, 0, 0]);
});

test.each([
  ["POST", 200, "text/event-stream", "events"],
  ["GET", 200, "application/problem+json; charset=utf-8", "json"],
  ["GET", 200, "text/html", "text"],
  ["GET", 200, "application/x-ndjson", "text"],
  ["GET", 200, "image/svg+xml", "text"],
  ["GET", 200, "application/octet-stream", "binary"],
  ["GET", 200, "", "text"],
  ["HEAD", 200, "application/json", "none"],
  ["GET", 204, "", "none"],
])("%s %i of %j is %s", (method, status, type, kind) => {
  expect(bodyKind(method, status, type)).toBe(kind);
});

test("browsers keep some headers for themselves", () => {
  expect(["Cookie", "Host", "Sec-Fetch-Mode"].every(isBrowsersOwn)).toBe(true);
  expect(["Authorization", "X-API-Key"].some(isBrowsersOwn)).toBe(false);
});

test("what is saved has a name", () => {
  const answer = newAnswer({ ...REQUEST, path: "/files/report.pdf?x=1" }, 0);

  expect(fileName(answer)).toBe("report.pdf");
  expect(fileName({ ...answer, request: { ...REQUEST, path: "/" } })).toBe("answer");
});

test.each([[0, "0 B"], [999, "999 B"], [1200, "1.2 kB"], [34_500, "35 kB"], [5_100_000, "5.1 MB"]])("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

describe("streams of an answer", () => {
  test("an item says where it lives", () => {
    const marker = { type: "state-stream", streamName: "chat", groupId: "room 1", id: "7" };

    expect(channelsIn({ message: { __motia: marker }, again: [{ __motia: marker }] })).toEqual([{ stream: "chat", group: "room 1" }]);
    expect(channelsIn({ __motia: "something else" })).toEqual([]);
  });

  test("so do the runs that wrote", () => {
    const places = [{ space: "stream/chat", group: "a/b", key: "7" }, { space: "state", group: "a", key: "1" }, null];
    const marks = places.map((place) => ({ at: 0, kind: "stream", name: "set", detail: [], code: "", place }));
    const trace = { id: "t", spans: [{ run: {}, marks }] } as unknown as TraceView;

    expect(channelsOf(trace)).toEqual([{ stream: "chat", group: "a/b" }]);
  });
});

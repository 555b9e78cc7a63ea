import { describe, expect, test } from "vitest";
import { growing } from "../src/chat/via-plain.js";
import { TraceText } from "../src/chat/trace-text.js";
import { chatting, clock, sent, server, shown } from "./chatting.js";
import { until } from "./scripted.js";

const sse = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

describe("answers in the response", () => {
  test("grow chunk by chunk, and are complete when the server says so", async () => {
    const opened = server.events("/chat");
    const chat = chatting({ via: "response", sessionId: "s1" });
    const statuses: string[] = [];
    chat.subscribe(() => {
      if (statuses.at(-1) !== chat.status) statuses.push(chat.status);
    });
    const turn = chat.send("Hi");
    expect(shown(chat)).toEqual(["user: Hi (sending)"]);
    const response = await opened.next();
    await until(() => chat.messages[0]?.status === "complete");
    response.write(sse("chunk", { content: "Hel", index: 1 }));
    await until(() => chat.status === "streaming");
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hel (streaming)"]);
    response.end(sse("chunk", { content: "lo" }) + ": ping\n\n" + sse("complete", { messageCount: 2 }));
    await turn;

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hello (complete)"]);
    expect(statuses).toEqual(["sending", "streaming", "idle"]);
    expect(await sent()).toEqual({ message: "Hi", conversationId: "c1", sessionId: "s1" });
  });

  test("an error in mid-answer keeps what came, and can be tried again", async () => {
    const opened = server.events("/chat");
    const chat = chatting({ via: "response" });
    const turn = chat.send("Hi");
    (await opened.next()).end(sse("chunk", { content: "Half" }) + sse("error", { error: "Failed to generate response" }));
    await turn;
    expect(chat.error).toEqual({ code: "FAILED", message: "Failed to generate response" });
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Half (error)"]);

    const again = chat.retry();
    expect(shown(chat)).toEqual(["user: Hi (sending)"]);
    (await opened.next()).end(sse("chunk", { content: "Whole" }) + sse("complete", {}));
    await again;

    expect([chat.status, chat.error]).toEqual(["idle", null]);
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Whole (complete)"]);
  });

  test("a connection that is lost in mid-answer is an error", async () => {
    const opened = server.events("/chat");
    const chat = chatting({ via: "response" });
    const turn = chat.send("Hi");
    const response = await opened.next();
    response.write(sse("chunk", { content: "Half" }));
    await until(() => chat.status === "streaming");
    server.cut();
    await turn;

    expect(chat.error?.code).toBe("LOST");
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Half (error)"]);
  });

  const notComplete = "The server's answer ended without a `complete` event";
  test.each([
    ["", notComplete],
    [sse("chunk", { content: "Half" }) + sse("done", {}), notComplete],
    [sse("chunk", "All") + sse("complete", {}), 'The server\'s answer has no text; a `chunk` event had no content: its data is {"content": "…"}'],
    [sse("chunk", "Half"), `${notComplete}; a \`chunk\` event had no content: its data is {"content": "…"}`],
  ])("an answer that ends by itself and cannot be read as a whole one has failed, not its connection: %j", async (events, message) => {
    const opened = server.events("/chat");
    const chat = chatting({ via: "response" });
    const turn = chat.send("Hi");
    (await opened.next()).end(events);
    await turn;

    expect(chat.error).toEqual({ code: "FAILED", message });
  });

  test("a refusal says what the server says, and how long to wait", async () => {
    server.routes.set("/chat", (_, response) => {
      response.writeHead(429, { "Retry-After": "30", "Content-Type": "application/json" }).end('{"error": "Slow down"}');
    });
    const chat = chatting({ via: "response" });
    await chat.send("Hi");

    expect(chat.error).toEqual({ code: "HTTP", message: "Slow down", status: 429, retryAfter: 30 });
    expect(shown(chat)).toEqual(["user: Hi (error)"]);
  });

  test("a message that failed keeps its reason when another one is sent", async () => {
    server.json("/chat", { error: "Slow down" }, 429);
    const chat = chatting({ via: "response" });
    await chat.send("one");
    const { error } = chat;
    server.json("/chat", { response: "yes" });
    await chat.send("two");

    expect(chat.error).toBeNull();
    expect(shown(chat)).toEqual(["user: one (error)", "user: two (complete)", "assistant: yes (complete)"]);
    expect(chat.messages.map((message) => message.error)).toEqual([error, undefined, undefined]);
    expect(error?.status).toBe(429);
  });

  test("a server that is not there is an error, too", async () => {
    const chat = chatting({ via: "response", server: "http://127.0.0.1:9" });
    await chat.send("Hi");

    expect(chat.error?.code).toBe("NETWORK");
  });

  test("stop() keeps what came, and the server hears that nobody is there", async () => {
    const opened = server.events("/chat");
    const chat = chatting({ via: "response" });
    const turn = chat.send("Hi");
    const response = await opened.next();
    response.write(sse("chunk", { content: "Half" }));
    await until(() => chat.status === "streaming");
    chat.stop();
    await turn;
    await until(() => response.destroyed);

    expect([chat.status, chat.error]).toEqual(["idle", null]);
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Half (stopped)"]);
  });

  test("silence that lasts too long is an error", async () => {
    const opened = server.events("/chat");
    const chat = chatting({ via: "response", timeout: 5000 });
    const turn = chat.send("Hi");
    const response = await opened.next();
    await until(() => chat.messages[0]?.status === "complete");
    clock.advance(4000);
    response.write(sse("chunk", { content: "Half" }));
    await until(() => chat.status === "streaming");
    clock.advance(4000);
    expect(chat.status).toBe("streaming");
    clock.advance(1000);
    await turn;

    expect(chat.error?.code).toBe("TIMEOUT");
  });

  test("an answer in JSON is shown word by word", async () => {
    server.json("/chat", { response: "one two three" });
    const chat = chatting({ via: "response", wordInterval: 30 });
    const turn = chat.send("Hi");
    const texts: (string | undefined)[] = [];
    chat.subscribe(() => texts.push(chat.messages[1]?.text));
    for (let word = 0; word < 2; word++) {
      await until(() => clock.waits.includes(30));
      clock.advance(30);
    }
    await turn;

    expect([...new Set(texts)]).toEqual(["one ", "one two ", "one two three"]);
  });

  test("nothing is sent while an answer is on its way, or without text", async () => {
    server.events("/chat");
    const chat = chatting({ via: "response" });
    void chat.send("Hi");
    await chat.send("again");
    await chat.send("  ");

    expect(chat.messages).toHaveLength(1);
  });
});

describe("answers as messages of their own", () => {
  const token = (id: string, content: string, traceId = "t1") => ({ id, type: "token", traceId, content });

  test("S3.7, S3.8, S3.12: what was said before the answer to the POST counts, other traces do not", async () => {
    server.json("/chat", { traceId: "t1" });
    const chat = chatting({ via: "messages", userId: "u1" });
    const turn = chat.send("Hi");
    const line = await server.lines.next();
    line.say(token("0", "old", "t0"));
    line.say(token("1", "Hel"));
    await until(() => chat.status === "streaming");
    line.say(token("2", "lo"));
    line.say(token("2", "lo"));
    line.say({ id: "t1-complete", type: "complete", traceId: "t1", response: "Hello" });
    await turn;

    expect(line.path).toBe("/streams/chat-messages/user%3Au1");
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hello (complete)"]);
    expect(await sent()).toEqual({ message: "Hi", conversationId: "c1", userId: "u1", stream: true, history: [] });
    await line.closed;
  });

  test("S3.10: after a switch of the provider the text begins anew", async () => {
    server.json("/chat", { traceId: "t1" });
    const chat = chatting({ via: "messages", userId: "u1" });
    const turn = chat.send("Hi");
    const line = await server.lines.next();
    line.say(token("1", "from the one that fails"));
    line.say({ id: "2", type: "provider_switch", traceId: "t1", metadata: { from: "a", to: "b" } });
    line.say(token("3", "Hel"));
    await until(() => chat.messages[1]?.text === "Hel");
    line.say({ id: "4", type: "complete", traceId: "t1", response: "Hello" });
    await turn;

    expect(chat.messages[1]?.text).toBe("Hello");
  });

  test("S3.9: an error on the socket is the chat's", async () => {
    server.json("/chat", { traceId: "t1" });
    const chat = chatting({ via: "messages" });
    const turn = chat.send("Hi");
    (await server.lines.next()).say({ id: "1", type: "error", traceId: "t1", error: "No provider" });
    await turn;

    expect(chat.error).toEqual({ code: "FAILED", message: "No provider" });
  });

  test("S3.20, S3.21: a lost socket is opened again, and each token counts once", async () => {
    server.json("/chat", { traceId: "t1" });
    const chat = chatting({ via: "messages", userId: "u1" });
    const turn = chat.send("Hi");
    const line = await server.lines.next();
    line.say(token("1", "a"));
    await until(() => chat.status === "streaming");

    line.cut();
    await until(() => clock.waits.includes(500));
    clock.advance(500);
    const next = await server.lines.next();
    next.say(token("1", "a"));
    next.say(token("2", "b"));
    await until(() => chat.messages[1]?.text === "ab");
    next.say({ id: "3", type: "complete", traceId: "t1", response: "abc" });
    await turn;

    expect(chat.messages[1]?.text).toBe("abc");
  });

  test("where no socket can be had any more, the group is looked at", async () => {
    server.json("/chat", { traceId: "t1" });
    const chat = chatting({ via: "messages", userId: "u1" });
    const turn = chat.send("Hi");
    const line = await server.lines.next();
    line.say(token("1", "a"));
    await until(() => chat.status === "streaming");
    server.takesUpgrades = false;
    server.json("/streams/chat-messages/user%3Au1", [token("1", "a"), { id: "9", type: "complete", traceId: "t1", response: "abc" }]);
    line.cut();
    await until(() => clock.waits.includes(500));
    clock.advance(500);
    await turn;

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: abc (complete)"]);
  });

  test("what cannot be had again is lost, in the end", async () => {
    server.json("/chat", { traceId: "t1" });
    const chat = chatting({ via: "messages" });
    const turn = chat.send("Hi");
    const line = await server.lines.next();
    line.say(token("1", "a"));
    await until(() => chat.status === "streaming");
    server.takesUpgrades = false;
    line.cut();
    void (async () => {
      while (chat.status === "streaming") {
        await until(() => clock.waits.some((wait) => wait <= 8000 || wait === 15_000) || chat.status !== "streaming");
        clock.advance(clock.waits[0] ?? 0);
      }
    })();
    await turn;

    expect(["LOST", "TIMEOUT"]).toContain(chat.error?.code);
  });

  test("S3.15, S3.16: without a WebSocket the answer is asked for whole, and shown word by word", async () => {
    server.takesUpgrades = false;
    server.json("/chat", { traceId: "t1", response: "one two" });
    const chat = chatting({ via: "messages", userId: "u1", wordInterval: 30 });
    const turn = chat.send("Hi");
    await until(() => clock.waits.includes(30));
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: one  (streaming)"]);
    clock.advance(30);
    await turn;

    expect(chat.messages[1]?.text).toBe("one two");
    expect(await sent()).toMatchObject({ stream: false, userId: "u1" });
  });

  test("S3.6: an answer that is in the response already is shown word by word", async () => {
    server.json("/chat", { traceId: "t1", response: "one" });
    const chat = chatting({ via: "messages" });
    const turn = chat.send("Hi");
    await server.lines.next();
    await turn;

    expect(chat.messages[1]?.text).toBe("one");
  });
});

describe("answers all at once", () => {
  test("what was said before is sent along", async () => {
    server.json("/chat", { response: "yes" });
    const chat = chatting({ via: "plain", body: { assistantType: "tutor" } });
    await chat.send("one?");
    await chat.send("two?");

    await sent();
    expect(await sent()).toEqual({
      message: "two?",
      conversationId: "c1",
      assistantType: "tutor",
      stream: false,
      history: [
        { role: "user", content: "one?" },
        { role: "assistant", content: "yes" },
      ],
    });
  });

  test("an answer without a text is an error", async () => {
    server.json("/chat", { ok: true });
    const chat = chatting({ via: "plain" });
    await chat.send("Hi");

    expect(chat.error?.code).toBe("FAILED");
  });
});

test("a text grows by whole words, and a long one in bounded steps", () => {
  expect([...growing(" a\nb  c ")]).toEqual([" a\n", " a\nb  ", " a\nb  c "]);
  expect([...growing("")]).toEqual([""]);
  const long = "word ".repeat(10_000);
  const steps = [...growing(long)];

  expect(steps.length).toBeLessThanOrEqual(150);
  expect(steps.at(-1)).toBe(long);
});

test("after its end a trace takes nothing more", () => {
  const trace = new TraceText("t");
  trace.take({ id: "1", type: "complete", traceId: "t", response: "x" });

  expect(trace.take({ id: "2", type: "token", traceId: "t", content: "y" })).toBe(false);
  expect(trace.text).toBe("x");
});

import { io, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createChat, type Chat, type SocketChatOptions } from "../src/index.js";
import type { CommonChatOptions } from "../src/chat/types.js";
import { shown } from "./chatting.js";
import { Rooms, type Question } from "./rooms.js";
import { FakeClock, until } from "./scripted.js";

let rooms: Rooms;
let clock: FakeClock;
let ends: (() => void)[];

beforeEach(async () => {
  rooms = await Rooms.start();
  clock = new FakeClock();
  ends = [];
});
afterEach(async () => {
  for (const end of ends) end();
  await rooms.stop();
});

function connected(url = rooms.url): Socket {
  const socket = io(url, { forceNew: true, transports: ["websocket"], reconnectionDelay: 5 });
  ends.push(() => socket.disconnect());
  return socket;
}

function chatting({ socket = connected(), ...options }: Partial<CommonChatOptions> & Partial<SocketChatOptions> = {}): Chat {
  const chat = createChat({ clock, ...options, via: "socket.io", socket });
  chat.subscribe(() => undefined);
  ends.push(() => chat.close());
  return chat;
}

/** What still hears the socket. */
const listenersOf = (socket: Socket): unknown[] =>
  ["stream-start", "stream-chunk", "stream-complete", "stream-error", "disconnect", "connect", "connect_error"].flatMap((event) => socket.listeners(event));

const chunk = (content: string, fullResponse: string, more: object = {}) => ({ content, fullResponse, isComplete: false, ...more });

describe("answers over Socket.IO", () => {
  test("S4.4-S4.8: an answer grows chunk by chunk, and is complete when the server says so", async () => {
    const chat = chatting({ body: { model: "small" } });
    const statuses: string[] = [];
    chat.subscribe(() => {
      if (statuses.at(-1) !== chat.status) statuses.push(chat.status);
    });
    const turn = chat.send("Hi");
    expect(shown(chat)).toEqual(["user: Hi (sending)"]);
    const { socket, body } = await rooms.questions.next();
    socket.emit("stream-start", { message: "AI response streaming started..." });
    await until(() => chat.messages[0]?.status === "complete");
    socket.emit("stream-chunk", chunk("Hel", "Hel"));
    await until(() => chat.status === "streaming");
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hel (streaming)"]);
    socket.emit("stream-chunk", chunk("lo", "Hello"));
    socket.emit("stream-chunk", { content: "", fullResponse: "Hello", isComplete: true });
    socket.emit("stream-complete", { fullResponse: "Hello" });
    await turn;

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Hello (complete)"]);
    expect(statuses).toEqual(["sending", "streaming", "idle"]);
    expect(body).toEqual({ model: "small", messages: [{ role: "user", content: "Hi" }] });
  });

  test("S4.13: all that was said is sent along, but not what others were answered", async () => {
    const chat = chatting();
    const first = chat.send("one?");
    const { socket } = await rooms.questions.next();
    socket.emit("stream-start", { participantName: "Ada" });
    socket.emit("stream-complete", { fullResponse: "for Ada", participantName: "Ada" });
    socket.emit("stream-complete", { fullResponse: "yes" });
    await first;
    void chat.send("two?");
    const { body } = await rooms.questions.next();

    expect(body.messages).toEqual([
      { role: "user", content: "one?" },
      { role: "assistant", content: "yes" },
      { role: "user", content: "two?" },
    ]);
  });

  test("chunks that bring only what came are put together", async () => {
    const chat = chatting();
    const turn = chat.send("Hi");
    const { socket } = await rooms.questions.next();
    socket.emit("stream-chunk", { content: "Hel" });
    socket.emit("stream-chunk", { content: "lo" });
    socket.emit("stream-complete", {});
    await turn;

    expect(shown(chat)[1]).toBe("assistant: Hello (complete)");
  });

  test("S4.9, S4.15: an error keeps what came, and can be tried again", async () => {
    const chat = chatting();
    const turn = chat.send("Hi");
    const { socket } = await rooms.questions.next();
    socket.emit("stream-chunk", chunk("Half", "Half"));
    socket.emit("stream-error", { error: "No model" });
    await turn;
    expect(chat.error).toEqual({ code: "FAILED", message: "No model" });
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Half (error)"]);

    const again = chat.retry();
    await rooms.questions.next();
    socket.emit("stream-complete", { fullResponse: "Whole" });
    await again;

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Whole (complete)"]);
  });

  test("a question that is acknowledged with an error has failed; other acknowledgements say nothing", async () => {
    const chat = chatting();
    const refused = chat.send("Hi");
    (await rooms.questions.next()).acknowledge({ error: "Invalid data", details: [] });
    await refused;
    expect(chat.error).toEqual({ code: "FAILED", message: "Invalid data" });
    expect(shown(chat)).toEqual(["user: Hi (error)"]);

    const taken = chat.retry();
    const { socket, acknowledge } = await rooms.questions.next();
    acknowledge(null);
    socket.emit("stream-complete", { fullResponse: "Hello" });
    await taken;

    expect(chat.status).toBe("idle");
  });

  test("a chunk that has no text is an error that says how one looks", async () => {
    const chat = chatting();
    const turn = chat.send("Hi");
    (await rooms.questions.next()).socket.emit("stream-chunk", "Hello");
    await turn;

    expect(chat.error?.message).toContain('a `stream-chunk` event is {"content": "…"');
  });

  test("what comes of an answer that was stopped is not taken for the next one's", async () => {
    const chat = chatting();
    const first = chat.send("one");
    const { socket } = await rooms.questions.next();
    socket.emit("stream-chunk", chunk("Half", "Half"));
    await until(() => chat.status === "streaming");
    chat.stop();
    await first;
    const second = chat.send("two");
    await rooms.questions.next();
    socket.emit("stream-chunk", chunk(" of it", "Half of it"));
    socket.emit("stream-complete", { fullResponse: "Half of it" });
    socket.emit("stream-start", {});
    socket.emit("stream-chunk", chunk("Hello", "Hello"));
    socket.emit("stream-complete", { fullResponse: "Hello" });
    await second;

    expect(shown(chat)).toEqual(["user: one (complete)", "assistant: Half (stopped)", "user: two (complete)", "assistant: Hello (complete)"]);
  });

  test("silence that lasts too long is an error", async () => {
    const chat = chatting({ timeout: 5000 });
    const turn = chat.send("Hi");
    await rooms.questions.next();
    clock.advance(5000);
    await turn;

    expect(chat.error?.code).toBe("TIMEOUT");
  });
});

describe("answers to others in the room", () => {
  test("S4.10: they grow beside one's own, with the name of who asked", async () => {
    const chat = chatting();
    const socket = await rooms.sockets.next();
    socket.emit("stream-start", { participantName: "Ada" });
    await until(() => chat.messages.length === 1);
    expect(shown(chat)).toEqual(["assistant:  (streaming)"]);
    const turn = chat.send("Hi");
    await rooms.questions.next();
    socket.emit("stream-chunk", chunk("for Ada", "for Ada", { participantName: "Ada" }));
    socket.emit("stream-chunk", chunk("for me", "for me"));
    socket.emit("stream-complete", { fullResponse: "for Ada", participantName: "Ada" });
    socket.emit("stream-complete", { fullResponse: "for me" });
    await turn;

    expect(shown(chat)).toEqual(["assistant: for Ada (complete)", "user: Hi (complete)", "assistant: for me (complete)"]);
    expect(chat.messages.map(({ name }) => name)).toEqual(["Ada", undefined, undefined]);
  });

  test("one that has begun before the room was joined is shown from then on", async () => {
    const chat = chatting();
    const socket = await rooms.sockets.next();
    socket.emit("stream-chunk", chunk("lo", "Hello", { participantName: "Ada" }));
    await until(() => chat.messages.length === 1);

    expect(shown(chat)).toEqual(["assistant: Hello (streaming)"]);
  });

  test("one that fails, or whose end is never heard, is marked, and is no error of one's own", async () => {
    const chat = chatting();
    const socket = await rooms.sockets.next();
    socket.emit("stream-chunk", chunk("a", "a", { participantName: "Ada" }));
    socket.emit("stream-error", { error: "No model", participantName: "Ada" });
    socket.emit("stream-start", { participantName: "Ada" });
    socket.emit("stream-chunk", chunk("b", "b", { participantName: "Bob" }));
    socket.emit("stream-start", { participantName: "Bob" });
    await until(() => chat.messages.length === 4);
    socket.disconnect();
    await until(() => chat.messages.every(({ status }) => status === "error"));

    expect(chat.messages.map(({ error }) => error?.code)).toEqual(["FAILED", "LOST", "LOST", "LOST"]);
    expect([chat.status, chat.error]).toEqual(["idle", null]);
  });
});

describe("a connection that is lost", () => {
  test("in mid-answer is an error, and what is tried again is asked once the socket is back", async () => {
    const chat = chatting();
    const turn = chat.send("Hi");
    const { socket } = await rooms.questions.next();
    socket.emit("stream-chunk", chunk("Half", "Half"));
    await until(() => chat.status === "streaming");
    socket.conn.close();
    await turn;
    expect(chat.error).toEqual({ code: "LOST", message: "The connection was lost before the answer was complete" });
    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Half (error)"]);

    const again = chat.retry();
    const next = await rooms.questions.next();
    expect(next.socket.id).not.toBe(socket.id);
    next.socket.emit("stream-complete", { fullResponse: "Whole" });
    await again;

    expect(shown(chat)).toEqual(["user: Hi (complete)", "assistant: Whole (complete)"]);
  });

  test("by the server's wish is opened again for the next question", async () => {
    const socket = connected();
    const chat = chatting({ socket });
    (await rooms.sockets.next()).disconnect();
    await until(() => !socket.active);
    const turn = chat.send("Hi");
    (await rooms.questions.next()).socket.emit("stream-complete", { fullResponse: "Hello" });
    await turn;

    expect(chat.status).toBe("idle");
  });

  test("a server that is not there is an error", async () => {
    const { url } = rooms;
    await rooms.stop();
    const chat = chatting({ socket: connected(url) });
    await chat.send("Hi");

    expect(chat.error).toEqual({ code: "NETWORK", message: "The server cannot be reached" });
    expect(shown(chat)).toEqual(["user: Hi (error)"]);
  });

  test("a refusal says what the server says", async () => {
    rooms.refusal = "Not you";
    const chat = chatting();
    await chat.send("Hi");

    expect(chat.error).toEqual({ code: "REFUSED", message: "Not you" });
  });

  test.each([false, true])("what was stopped at once is not sent, now or later (connected: %s)", async (isConnected) => {
    const socket = connected();
    const chat = chatting({ socket });
    if (isConnected) await until(() => socket.connected);
    const turn = chat.send("Hi");
    chat.stop();
    await turn;
    expect(shown(chat)).toEqual(["user: Hi (complete)"]);
    socket.emit("stream-chat", "the first");

    expect((await rooms.questions.next()).body).toBe("the first");
  });
});

describe("chats on one socket", () => {
  test("what comes of an answer whose chat was closed is not taken for another chat's", async () => {
    const socket = connected();
    const closed = chatting({ socket });
    const given = closed.send("one");
    const { socket: server } = await rooms.questions.next();
    server.emit("stream-chunk", chunk("Half", "Half"));
    await until(() => closed.status === "streaming");
    closed.close();
    await given;
    const chat = chatting({ socket });
    const texts = new Set<string>();
    chat.subscribe(() => texts.add(chat.messages[1]?.text ?? ""));
    const turn = chat.send("two");
    await rooms.questions.next();
    server.emit("stream-chunk", chunk(" of it", "Half of it"));
    server.emit("stream-complete", { fullResponse: "Half of it" });
    server.emit("stream-start", {});
    server.emit("stream-chunk", chunk("Hel", "Hel"));
    server.emit("stream-complete", { fullResponse: "Hello" });
    await turn;

    expect([...texts]).toEqual(["", "Hel", "Hello"]);
    expect(shown(chat)).toEqual(["user: two (complete)", "assistant: Hello (complete)"]);
    expect(shown(closed)).toEqual(["user: one (complete)", "assistant: Half (stopped)"]);
  });

  test.each([
    ["fails", ({ socket }: Question) => socket.emit("stream-error", { error: "No model" })],
    ["is refused", ({ acknowledge }: Question) => acknowledge({ error: "Invalid data" })],
  ])("one whose chat was closed and that %s is no error of another chat", async (_, fail) => {
    const socket = connected();
    const closed = chatting({ socket });
    void closed.send("one");
    const asked = await rooms.questions.next();
    closed.close();
    const chat = chatting({ socket });
    const turn = chat.send("two");
    await rooms.questions.next();
    fail(asked);
    asked.socket.emit("stream-complete", { fullResponse: "Hello" });
    await turn;

    expect(shown(chat)).toEqual(["user: two (complete)", "assistant: Hello (complete)"]);
    expect(chat.error).toBeNull();
  });

  test("a chat that was closed in mid-answer and is opened again waits for its next answer", async () => {
    const chat = chatting();
    const given = chat.send("one");
    const { socket } = await rooms.questions.next();
    chat.close();
    await given;
    const turn = chat.send("two");
    await rooms.questions.next();
    socket.emit("stream-complete", { fullResponse: "Late" });
    socket.emit("stream-complete", { fullResponse: "Hello" });
    await turn;

    expect(shown(chat)).toEqual(["user: one (complete)", "user: two (complete)", "assistant: Hello (complete)"]);
  });

  test("two that ask at once are each answered, in the order in which they asked", async () => {
    const socket = connected();
    const [first, second] = [chatting({ socket }), chatting({ socket })];
    const turns = [first.send("one"), second.send("two")];
    const { socket: server } = await rooms.questions.next();
    for (const fullResponse of ["Hello one", "Hello two"]) {
      server.emit("stream-chunk", chunk("Hello", "Hello"));
      server.emit("stream-complete", { fullResponse });
    }
    await Promise.all(turns);

    expect(shown(first)).toEqual(["user: one (complete)", "assistant: Hello one (complete)"]);
    expect(shown(second)).toEqual(["user: two (complete)", "assistant: Hello two (complete)"]);
  });

  test("what a closed chat asked is forgotten with the connection", async () => {
    const socket = connected();
    const closed = chatting({ socket });
    void closed.send("one");
    (await rooms.questions.next()).socket.conn.close();
    closed.close();
    await until(() => !socket.connected);
    expect(listenersOf(socket)).toEqual([]);
    const chat = chatting({ socket });
    const turn = chat.send("two");
    (await rooms.questions.next()).socket.emit("stream-complete", { fullResponse: "Hello" });
    await turn;

    expect(shown(chat)).toEqual(["user: two (complete)", "assistant: Hello (complete)"]);
  });
});

test("a chat that is closed hears nothing, and leaves the socket open and, once it is answered, without listeners", async () => {
  const socket = connected();
  const chat = chatting({ socket });
  const turn = chat.send("Hi");
  const asked = await rooms.questions.next();
  chat.close();
  await turn;
  asked.socket.emit("stream-chunk", chunk("Hello", "Hello"));
  asked.socket.emit("stream-complete", { fullResponse: "Hello" });
  await until(() => listenersOf(socket).length === 0);

  expect(shown(chat)).toEqual(["user: Hi (complete)"]);
  expect(socket.connected).toBe(true);
});

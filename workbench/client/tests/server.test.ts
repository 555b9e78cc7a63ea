/** The client and the real server. */

import { io, type Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { connect, createChat, type Chat, type Connection, type ConnectOptions, type StreamEvent, type TransportName, type WebSocketMaker } from "../src/index.js";
import { until } from "./scripted.js";
import { isInstalled, Served } from "./served.js";

/** Sockets that a test can cut, and that keep what they heard. */
class Heard extends WebSocket {
  static all: Heard[] = [];
  static texts: string[] = [];

  constructor(url: string, protocols?: string[]) {
    super(url, protocols);
    Heard.all.push(this);
    this.on("message", (text) => Heard.texts.push(String(text)));
  }

  static cut(): void {
    for (const socket of Heard.all.splice(0)) socket.terminate();
  }

  /** The kinds of all frames since the last call; a list is a `delta`. */
  static kinds(): string[] {
    const frames = Heard.texts.splice(0).map((text) => JSON.parse(text) as unknown[] | { event: { type: string } });
    return frames.map((frame) => (Array.isArray(frame) ? "delta" : frame.event.type));
  }
}

/** Requests that a test can cut. */
let cuts = new AbortController();
const cuttable: typeof fetch = (url, init) => {
  const signals = [cuts.signal, ...(init?.signal ? [init.signal] : [])];
  return fetch(url, { ...init, signal: AbortSignal.any(signals) });
};
function cutRequests(): void {
  cuts.abort();
  cuts = new AbortController();
}

const sockets = Heard as unknown as WebSocketMaker;
const network = { WebSocket: sockets, fetch: cuttable };
const fast = { ...network, backoff: { first: 20, longest: 100 }, pollInterval: 20, linger: 0 };
let served: Served;
let open: Connection[] = [];
let groups = 0;

describe.skipIf(!isInstalled)("with a server of notes", () => {
  beforeAll(async () => {
    served = await Served.start("workbench/client/tests/project/steps");
  });
  afterAll(() => served.end());
  afterEach(() => {
    for (const connection of open) connection.close();
    open = [];
    Heard.texts.length = 0;
  });

  const connected = (options: ConnectOptions = {}): Connection => {
    const connection = connect(served.url, { ...fast, ...options });
    open.push(connection);
    return connection;
  };
  const newGroup = (): string => `g${++groups}/ä`;

  const ways: TransportName[][] = [["websocket"], ["sse"], ["polling"]];
  test.each(ways)("over %s a group shows what there is, and every change", async (...transports) => {
    const group = newGroup();
    await served.post("/notes", [{ group, set: { id: "a", n: 1 } }, { group, set: { id: "b", n: 1 } }]);
    const subscription = connected({ transports }).subscribe("notes", group);
    await until(() => subscription.status === "live");
    expect(subscription.items).toEqual([{ id: "a", n: 1 }, { id: "b", n: 1 }]);
    const before = subscription.items;

    await served.post("/notes", [{ group, set: { id: "c", n: 1 } }, { group, set: { id: "a", n: 2 } }, { group, delete: "b" }]);
    await until(() => subscription.items.length === 2 && subscription.items[0]?.n === 2);

    expect(subscription.items).toEqual([{ id: "a", n: 2 }, { id: "c", n: 1 }]);
    expect(before[0]).toEqual({ id: "a", n: 1 });
  });

  test.each(ways)("over %s a stream that is not there, or not for everybody, is refused", async (...transports) => {
    const connection = connected({ transports });
    const missing = connection.subscribe("nothing", "g");
    const secret = connection.subscribe("secrets", "g");
    await until(() => missing.status === "refused" && secret.status === "refused");

    expect(missing.error?.message).toContain("nothing");
    expect(secret.error?.message).toBe("Access denied");
  });

  test("an item is shown beside its group, and events are told", async () => {
    const group = newGroup();
    await served.post("/notes", [{ group, set: { id: "a", n: 1 } }]);
    const connection = connected();
    const whole = connection.subscribe("notes", group);
    const one = connection.subscribe("notes", group, "a");
    const events: StreamEvent[] = [];
    whole.onEvent((event) => events.push(event));
    await until(() => whole.status === "live" && one.status === "live");
    await served.post("/notes", [{ group, set: { id: "a", n: 2 } }, { group, send: { who: "u" } }]);
    await until(() => events.length);

    expect([one.item, whole.items]).toEqual([{ id: "a", n: 2 }, [{ id: "a", n: 2 }]]);
    expect(events).toEqual([{ type: "said", data: { who: "u" } }]);
  });

  test("text that grows is whole in the end, and never anything but a beginning of it", async () => {
    const group = newGroup();
    const words = Array.from({ length: 300 }, (_, n) => `字${n} `);
    const subscription = connected().subscribe<{ id: string; text: string; done: boolean }>("notes", group);
    const texts: string[] = [];
    subscription.onChange(() => {
      if (subscription.item !== null) texts.push(subscription.item.text);
    });
    await until(() => subscription.status === "live");
    await served.post("/notes", [{ group, grow: words, id: "a" }]);
    await until(() => subscription.item?.done);

    const whole = words.join("");
    expect(subscription.item?.text).toBe(whole);
    const received = Heard.texts.reduce((sum, text) => sum + text.length, 0);
    expect(received).toBeLessThan(10 * whole.length);
    expect(Heard.kinds().filter((kind) => kind === "delta").length).toBeGreaterThan(250);
    expect(texts.every((text, at) => whole.startsWith(text) && text.length >= (texts[at - 1]?.length ?? 0))).toBe(true);
  });

  test.each([
    ["websocket", () => Heard.cut()],
    ["sse", cutRequests],
  ] as const)("a %s that is cut resumes: what was missed comes once, in order, events too", async (transport, cut) => {
    const group = newGroup();
    await served.post("/notes", [{ group, set: { id: "a", n: 1 } }, { group, set: { id: "b", n: 1 } }]);
    const connection = connected({ transports: [transport], backoff: { first: 300, longest: 300 } });
    const subscription = connection.subscribe("notes", group);
    const events: StreamEvent[] = [];
    subscription.onEvent((event) => events.push(event));
    await until(() => subscription.status === "live");
    await served.post("/notes", [{ group, send: 1 }]);
    await until(() => events.length === 1);
    const [, unchanged] = subscription.items;
    const states: string[] = [];
    subscription.onChange(() => states.push(subscription.items.map(({ id, n }) => `${id}${n}`).join(" ")));

    cut();
    await until(() => connection.status === "reconnecting");
    await served.post("/notes", [
      { group, set: { id: "a", n: 2 } },
      { group, send: 2 },
      { group, set: { id: "c", n: 1 } },
      { group, delete: "a" },
      { group, send: 3 },
    ]);
    await until(() => events.length === 3);

    expect(events.map(({ data }) => data)).toEqual([1, 2, 3]);
    expect(states).toEqual(["a2 b1", "a2 b1 c1", "b1 c1"]);
    expect(subscription.items[0]).toBe(unchanged);
    if (transport === "websocket") {
      const kinds = Heard.kinds();
      expect(kinds.filter((kind) => kind === "sync")).toHaveLength(1);
      expect(kinds).toContain("resumed");
    }
  });

  test("text goes on growing after a cut as if there had been none", async () => {
    const group = newGroup();
    const words = Array.from({ length: 400 }, (_, n) => `w${n} `);
    const connection = connected();
    const whole = connection.subscribe<{ id: string; text: string; done: boolean }>("notes", group);
    const one = connection.subscribe<{ id: string; text: string; done: boolean }>("notes", group, "a");
    await until(() => whole.status === "live" && one.status === "live");
    const texts: string[] = [];
    let cut = 0;
    whole.onChange(() => {
      texts.push(whole.item?.text ?? "");
      if (texts.length % 60 === 59 && cut++ < 3) Heard.cut();
    });
    await served.post("/notes", [{ group, grow: words, id: "a" }]);
    await until(() => whole.item?.done && one.item?.done);

    const text = words.join("");
    expect([whole.item?.text, one.item?.text]).toEqual([text, text]);
    expect(texts.every((seen) => text.startsWith(seen))).toBe(true);
    expect(cut).toBeGreaterThan(0);
  });

  test("without WebSockets events are taken, without those a look now and then", async () => {
    const connection = connected({ WebSocket: null });
    const subscription = connection.subscribe("notes", newGroup());
    await until(() => subscription.status === "live");
    expect(connection.transport).toBe("sse");

    // As behind a proxy that lets no events through.
    const plain: typeof fetch = (url, init) => {
      const headers = init?.headers as Record<string, string> | undefined;
      return headers?.Accept === "text/event-stream" ? Promise.reject(new TypeError("no")) : fetch(url, init);
    };
    const poor = connected({ WebSocket: null, fetch: plain });
    const looked = poor.subscribe("notes", newGroup());
    await until(() => looked.status === "live");
    expect(poor.transport).toBe("polling");
  });

  test("an item that is not there is known not to be, and appears when it is set", async () => {
    for (const transports of [["websocket"], ["sse"], ["polling"]] as TransportName[][]) {
      const group = newGroup();
      const subscription = connected({ transports }).subscribe("notes", group, "a");
      await until(() => subscription.status === "live");
      expect(subscription.item).toBeNull();
      await served.post("/notes", [{ group, set: { id: "a", n: 1 } }]);
      await until(() => subscription.item !== null);
      await served.post("/notes", [{ group, delete: "a" }]);
      await until(() => subscription.item === null);
    }
  });

  test.each(["SIGKILL", "SIGTERM"] as const)("a server that ends (%s) and comes back is watched again", async (signal) => {
    const group = newGroup();
    await served.post("/notes", [{ group, set: { id: "a", n: 1 } }]);
    // However long the start takes: which way is taken is not what this is about.
    const connection = connected({ transports: ["websocket"] });
    const subscription = connection.subscribe("notes", group);
    await until(() => subscription.status === "live");
    const [before] = subscription.items;

    await served.kill(signal);
    await until(() => connection.status === "reconnecting");
    expect(subscription.items).toEqual([{ id: "a", n: 1 }]);
    await served.restart();
    await served.post("/notes", [{ group, set: { id: "b", n: 1 } }]);
    await until(() => subscription.items.length === 2);

    expect(subscription.items[0]).toBe(before);
    expect(Heard.kinds().filter((kind) => kind === "reset")).toHaveLength(1);
  });

  test("S3.1, S3.11, S3.12: an answer in messages of its own is read to its end", async () => {
    const chat = createChat({ ...network, via: "messages", url: "/api/chat/stream", server: served.url, userId: "u/1" });
    await chat.send("Hi");

    expect([chat.status, chat.messages[1]?.text]).toEqual(["idle", "one two"]);
  });

  test("S3.15: and asked for whole where there is no WebSocket", async () => {
    const chat = createChat({ ...network, via: "messages", url: "/api/chat/stream", server: served.url, WebSocket: null, wordInterval: 1 });
    await chat.send("Hi");

    expect([chat.status, chat.messages[1]?.text]).toEqual(["idle", "one two"]);
  });

  test("S2.3-S2.5, S2.9-S2.12: an answer in the response is read to its end", async () => {
    const chat = createChat({ via: "response", url: "/answer", server: served.url, conversationId: "c" });
    await chat.send("Hi");

    expect([chat.status, chat.messages[1]?.text]).toEqual(["idle", "data: 字🙂 end"]);
  });

  test("S2.6: an answer that fails is an error with what came", async () => {
    const chat = createChat({ via: "response", url: "/answer", server: served.url });
    await chat.send("fail");

    expect(chat.error).toEqual({ code: "FAILED", message: "Failed to generate response" });
    expect(chat.messages[1]).toMatchObject({ text: "data: 字🙂 end", status: "error" });
  });
});

describe.skipIf(!isInstalled)("with the example app", () => {
  beforeAll(async () => {
    served = await Served.start("steps");
  });
  afterAll(() => served.end());

  test.each([["websocket"], ["sse"], ["polling"]] as TransportName[][])("a question is answered over %s", async (...transports) => {
    const connection = connect(served.url, { ...fast, transports });
    const chat = createChat({ via: "stream", url: "/chat", connection });
    await chat.send("Hi");
    connection.close();

    expect([chat.status, chat.error]).toEqual(["idle", null]);
    expect(chat.messages.map(({ role, status }) => `${role} ${status}`)).toEqual(["user complete", "assistant complete"]);
    expect(chat.messages[1]?.text).not.toBe("");
  });

  test.each([
    ["response", "/chat/stream"],
    ["messages", "/api/chat/stream"],
    ["plain", "/api/chat/stream"],
  ] as const)("a question is answered by %s at %s", async (via, url) => {
    const chat = createChat({ ...network, via, url, server: served.url, sessionId: "s", userId: "u", wordInterval: 1 });
    await chat.send("Hi");

    expect([chat.status, chat.error]).toEqual(["idle", null]);
    expect(chat.messages.map(({ role, status }) => `${role} ${status}`)).toEqual(["user complete", "assistant complete"]);
    expect(chat.messages[1]?.text).toContain("Hi");
  });

  test("a second chat of the same conversation sees what was said", async () => {
    const connection = connect(served.url, fast);
    const first = createChat({ via: "stream", url: "/chat", connection });
    await first.send("Hi");
    const second = createChat({ via: "stream", url: "/chat", connection, conversationId: first.conversationId });
    second.subscribe(() => undefined);
    await until(() => second.messages.length === 2);
    connection.close();

    expect(second.messages).toEqual(first.messages);
  });

  const entered = async (participantName: string): Promise<{ socket: Socket; chat: Chat }> => {
    const socket = io(served.url, { forceNew: true, reconnectionDelay: 20 });
    const chat = createChat({ via: "socket.io", socket });
    chat.subscribe(() => undefined);
    await socket.emitWithAck("join-room", { roomName: "tea", participantName });
    return { socket, chat };
  };

  test("S4.4-S4.10: a question over Socket.IO is answered, and the room sees it", async () => {
    const ada = await entered("Ada");
    const bob = await entered("Bob");
    const texts: string[] = [];
    bob.chat.subscribe(() => texts.push(bob.chat.messages.at(-1)?.text ?? ""));
    await ada.chat.send("Hi");
    await until(() => bob.chat.messages[0]?.status === "complete");
    ada.socket.disconnect();
    bob.socket.disconnect();

    expect([ada.chat.status, ada.chat.error]).toEqual(["idle", null]);
    expect(ada.chat.messages[1]?.text).toContain("Hi");
    expect(bob.chat.messages).toMatchObject([{ name: "Ada", text: ada.chat.messages[1]?.text }]);
    expect(new Set(texts).size).toBeGreaterThan(10);
  });

  test("a server that is killed in mid-answer over Socket.IO has lost it; who tries again has it", async () => {
    const { socket, chat } = await entered("Ada");
    const turn = chat.send("Hi");
    await until(() => chat.status === "streaming");
    await served.kill();
    await turn;
    expect(chat.error?.code).toBe("LOST");
    expect(chat.messages[1]?.status).toBe("error");
    await served.restart();
    await chat.retry();
    socket.disconnect();

    expect([chat.status, chat.error]).toEqual(["idle", null]);
    expect(chat.messages.map(({ role, status }) => `${role} ${status}`)).toEqual(["user complete", "assistant complete"]);
  });
});

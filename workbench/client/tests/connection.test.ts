import { describe, expect, test } from "vitest";
import type { StreamError, StreamEvent } from "../src/index.js";
import { clock, connected, group, server } from "./connecting.js";
import { until } from "./scripted.js";

describe("over WebSocket", () => {
  test("nothing is opened before the first subscription, and all share one socket", async () => {
    const connection = connected();
    expect(connection.status).toBe("idle");

    connection.subscribe("s", "g");
    connection.subscribe("s", "g", "a");
    connection.subscribe("s", "g");
    const line = await server.lines.next();
    const joins = [await line.joins.next(), await line.joins.next()];
    await until(() => connection.status === "open");

    expect(joins.map(({ groupId, id, cursor, deltas }) => [groupId, id, cursor, deltas])).toEqual([
      ["g", undefined, null, true],
      ["g", "a", null, true],
    ]);
    expect(connection.transport).toBe("websocket");
    expect([server.lines.size, line.joins.size, line.path]).toEqual([0, 0, "/"]);
  });

  test("a subscription shows items, their changes and their growth, and is told of events", async () => {
    const connection = connected();
    const subscription = connection.subscribe("s", "g");
    const events: StreamEvent[] = [];
    const seen: unknown[] = [];
    subscription.onEvent((event) => events.push(event));
    subscription.onChange(() => seen.push(subscription.items));
    const line = await server.lines.next();
    line.frame(group, { type: "sync", data: [{ id: "a", text: "" }] }, { cursor: "e-1", grows: { a: [1, "text"] } });
    line.say([1, 2, "Hel"]);
    line.say([1, 3, "lo", { done: true }]);
    line.frame(group, { type: "event", event: { type: "typing", data: 1 } }, { cursor: "e-4" });
    await until(() => events.length);

    expect(seen).toEqual([
      [{ id: "a", text: "" }],
      [{ id: "a", text: "Hel" }],
      [{ id: "a", text: "Hello", done: true }],
    ]);
    expect(events).toEqual([{ type: "typing", data: 1 }]);
  });

  test("one change reaches the group and the item, and a second subscription sees all at once", async () => {
    const connection = connected();
    const whole = connection.subscribe("s", "g");
    const one = connection.subscribe("s", "g", "a");
    const line = await server.lines.next();
    line.frame(group, { type: "sync", data: [{ id: "a", n: 1 }] }, { cursor: "e-1" });
    line.frame({ ...group, id: "a" }, { type: "sync", data: { id: "a", n: 1 } }, { cursor: "e-1" });
    line.frame({ ...group, id: "a" }, { type: "update", data: { id: "a", n: 2 } }, { cursor: "e-2" });
    await until(() => one.item?.n === 2);

    expect(whole.items).toEqual([{ id: "a", n: 2 }]);
    expect(connection.subscribe("s", "g").items).toBe(whole.items);
  });

  test("a server that ends is waited for, and every channel goes on from its cursor", async () => {
    const connection = connected();
    const statuses: string[] = [];
    connection.onStatus((status) => statuses.push(status));
    const subscription = connection.subscribe("s", "g");
    const first = await server.lines.next();
    first.frame(group, { type: "sync", data: [{ id: "a" }] }, { cursor: "e-1" });
    first.frame(group, { type: "create", data: { id: "b" } }, { cursor: "e-2" });
    await until(() => subscription.items.length === 2);
    const before = subscription.items;

    first.cut();
    await until(() => connection.status === "reconnecting");
    expect(clock.waits).toEqual([500]);
    clock.advance(500);
    const second = await server.lines.next();
    const join = await second.joins.next();
    second.frame(group, { type: "resumed" }, { cursor: "e-2" });
    second.frame(group, { type: "create", data: { id: "c" } }, { cursor: "e-3" });
    await until(() => subscription.items.length === 3);

    expect(join.cursor).toBe("e-2");
    expect(subscription.items[0]).toBe(before[0]);
    expect(statuses).toEqual(["connecting", "open", "reconnecting", "open"]);
  });

  test("a cursor that cannot be resumed brings a reset, and what is the same stays the same object", async () => {
    const connection = connected();
    const subscription = connection.subscribe("s", "g");
    const first = await server.lines.next();
    first.frame(group, { type: "sync", data: [{ id: "a" }, { id: "b" }] }, { cursor: "e-7" });
    await until(() => subscription.status === "live");
    const before = subscription.items;

    first.cut();
    await until(() => connection.status === "reconnecting");
    clock.advance(500);
    const second = await server.lines.next();
    second.frame(group, { type: "reset" });
    second.frame(group, { type: "sync", data: [{ id: "b" }, { id: "c" }] }, { cursor: "f-0" });
    await until(() => subscription.items.length === 2 && subscription.items !== before);

    expect(subscription.items.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(subscription.items[0]).toBe(before[1]);
  });

  test("a number of the last socket means nothing on the next one", async () => {
    const connection = connected();
    const subscription = connection.subscribe("s", "g");
    const first = await server.lines.next();
    first.frame(group, { type: "sync", data: [{ id: "a", text: "" }] }, { cursor: "e-1", grows: { a: [1, "text"] } });
    await until(() => subscription.status === "live");
    first.cut();
    await until(() => connection.status === "reconnecting");
    clock.advance(500);
    const second = await server.lines.next();
    second.frame(group, { type: "resumed" }, { cursor: "e-1" });
    second.say([1, 2, "of another item"]);
    second.frame(group, { type: "update", data: { id: "a", text: "x" } }, { cursor: "e-3" });
    await until(() => subscription.item?.text === "x");

    expect(subscription.items).toEqual([{ id: "a", text: "x" }]);
  });

  test("who is refused is told why, and asks again after the next reconnect", async () => {
    const connection = connected();
    const subscription = connection.subscribe("s", "g");
    const errors: StreamError[] = [];
    subscription.onError((error) => errors.push(error));
    const error = { code: "STREAM_ACCESS_DENIED", message: "Stream s not found" };
    const first = await server.lines.next();
    first.frame(group, { type: "event", event: { type: "error", data: error } });
    await until(() => subscription.status === "refused");
    expect([errors, subscription.error]).toEqual([[error], error]);

    first.cut();
    await until(() => connection.status === "reconnecting");
    clock.advance(500);
    const second = await server.lines.next();
    second.frame(group, { type: "sync", data: [] });
    await until(() => subscription.status === "live");

    expect(subscription.error).toBeNull();
  });

  test("the last subscription of a channel leaves it; without any the socket is closed after a while", async () => {
    const connection = connected();
    const one = connection.subscribe("s", "g");
    const other = connection.subscribe("s", "g");
    const line = await server.lines.next();
    const join = await line.joins.next();
    line.frame(group, { type: "sync", data: [] });
    await until(() => one.status === "live");

    one.close();
    other.close();
    const leave = await line.leaves.next();
    expect(leave.subscriptionId).toBe(join.subscriptionId);
    expect(connection.status).toBe("open");
    clock.advance(50);

    expect(connection.status).toBe("idle");
    expect(await line.closed).toBe(1000);
    connection.subscribe("s", "g");
    await server.lines.next();
  });

  test("after close() nothing is heard, tried or let in", async () => {
    const connection = connected();
    const subscription = connection.subscribe("s", "g");
    const line = await server.lines.next();
    line.frame(group, { type: "sync", data: [{ id: "a" }] });
    await until(() => subscription.status === "live");

    connection.close();
    connection.close();
    await line.closed;

    expect([connection.status, connection.transport, clock.waits]).toEqual(["closed", null, []]);
    expect(subscription.items).toEqual([{ id: "a" }]);
    expect(() => connection.subscribe("s", "g")).toThrow("closed");
  });

  test("a token goes into the sub-protocols, and protocols of one's own go instead", async () => {
    connected({ token: "t" }).subscribe("s", "g");
    expect((await server.lines.next()).protocols).toBe("Authorization,t");

    connected({ token: "t", protocols: ["mine"] }).subscribe("s", "g");
    expect((await server.lines.next()).protocols).toBe("mine");
  });

  test("garbage is left out", async () => {
    const subscription = connected().subscribe("s", "g");
    const line = await server.lines.next();
    for (const garbage of ["x", null, [], [1, 2, "x"], {}, { event: 1 }]) line.say(garbage);
    line.frame(group, { type: "sync", data: [{ id: "a" }] });
    await until(() => subscription.status === "live");

    expect(subscription.items).toEqual([{ id: "a" }]);
  });
});

test.each([[[]], [["s"]], [["s", 5]], [["s", ""]], [["", "g"]], [["s", "g", null]], [["s", "g", ""]]])(
  "what cannot be watched is refused at once, with what is wanted: %j",
  (parts) => {
    const connection = connected();
    const subscribe = connection.subscribe.bind(connection) as (...parts: unknown[]) => unknown;

    expect(() => subscribe(...parts)).toThrow(TypeError);
    expect(() => subscribe(...parts)).toThrow("subscribe(stream, group, id?) takes texts that are not empty");
    expect(connection.status).toBe("idle");
  },
);

test("a listener that fails keeps nobody else from hearing", async () => {
  const failures: unknown[] = [];
  const record = (error: unknown): void => void failures.push(error);
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", record);
  const subscription = connected().subscribe("s", "g");
  let isTold = false;
  subscription.onChange(() => {
    throw new Error("mine");
  });
  subscription.onChange(() => (isTold = true));
  const line = await server.lines.next();
  line.frame(group, { type: "sync", data: [] });
  await until(() => isTold && failures.length);
  process.off("uncaughtException", record);
  for (const other of others) process.on("uncaughtException", other);

  expect(failures).toEqual([new Error("mine")]);
});

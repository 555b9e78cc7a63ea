import { expect, test } from "vitest";
import type { StreamEvent } from "../src/index.js";
import { clock, connected, group, server } from "./connecting.js";
import { until } from "./scripted.js";

const address = "/streams/s/g";

test("without WebSockets changes come as server-sent events, and resume by their id", async () => {
  server.takesUpgrades = false;
  const opened = server.events(address);
  const connection = connected();
  const subscription = connection.subscribe("s", "g");
  const events: StreamEvent[] = [];
  subscription.onEvent((event) => events.push(event));
  const first = await opened.next();
  first.write('event: sync\ndata: [{"id":"a"}]\nid: e-1\n\n: ping\n\nevent: create\ndata: {"id":"b"}\nid: e-2\n\n');
  first.write('event: event\ndata: {"type":"t","data":1}\nid: e-3\n\n');
  await until(() => events.length);
  expect([connection.transport, connection.status]).toEqual(["sse", "open"]);
  expect(subscription.items).toEqual([{ id: "a" }, { id: "b" }]);

  first.destroy();
  await until(() => connection.status === "reconnecting");
  clock.advance(500);
  const second = await opened.next();
  second.write('event: delete\ndata: {"id":"a"}\nid: e-4\n\n');
  await until(() => subscription.items.length === 1);

  const [, again] = [await server.requests.next(), await server.requests.next()];
  expect(again.headers["last-event-id"]).toBe("e-3");
  expect(subscription.items).toEqual([{ id: "b" }]);
});

test("a server without events is looked at again and again", async () => {
  server.takesUpgrades = false;
  server.json(address, [{ id: "a", n: 1 }, { id: "b" }]);
  const connection = connected({ pollInterval: 1000 });
  const subscription = connection.subscribe("s", "g");
  await until(() => subscription.status === "live");
  expect([connection.transport, connection.status]).toEqual(["polling", "open"]);
  const before = subscription.items;
  let changes = 0;
  subscription.onChange(() => changes++);

  await until(() => clock.waits.includes(1000));
  clock.advance(1000);
  await until(() => clock.waits.includes(1000));
  expect([subscription.items, changes]).toEqual([before, 0]);
  server.json(address, [{ id: "a", n: 2 }, { id: "b" }]);
  clock.advance(1000);
  await until(() => changes);

  expect(subscription.items[0]).toEqual({ id: "a", n: 2 });
  expect(subscription.items[1]).toBe(before[1]);
  // What changes is looked at sooner, and then less and less often again.
  for (const wait of [125, 250, 500, 1000]) {
    await until(() => clock.waits[0] === wait);
    clock.advance(wait);
  }
});

test("an item that is not there is nothing, a stream that is not is refused", async () => {
  server.json("/streams/s/g/a", { error: "Item a not found" }, 404);
  server.json("/streams/x/g/a", { error: "Stream x not found" }, 404);
  const connection = connected({ transports: ["polling"] });
  const item = connection.subscribe("s", "g", "a");
  const stream = connection.subscribe("x", "g", "a");
  await until(() => item.status === "live" && stream.status === "refused");

  expect(item.item).toBeNull();
  expect(stream.error).toEqual({ code: "NOT_FOUND", message: "Stream x not found" });
});

test("a refusal over HTTP is no reason to try another way", async () => {
  server.takesUpgrades = false;
  server.json(address, { error: "Access denied" }, 403);
  const connection = connected();
  const subscription = connection.subscribe("s", "g");
  await until(() => subscription.status === "refused");

  expect(connection.transport).toBe("sse");
  expect(subscription.error).toEqual({ code: "STREAM_ACCESS_DENIED", message: "Access denied" });
});

test("what is refused is looked at less and less often, and told once", async () => {
  server.json(address, { error: "Access denied" }, 403);
  const connection = connected({ transports: ["polling"], pollInterval: 200 });
  const subscription = connection.subscribe("s", "g");
  const told: string[] = [];
  subscription.onChange(() => told.push(subscription.status));
  subscription.onError(({ message }) => told.push(message));
  for (const wait of [500, 1000, 2000]) {
    await until(() => clock.waits[0] === wait);
    clock.advance(wait);
  }
  await until(() => clock.waits[0] === 4000);
  expect(told).toEqual(["refused", "Access denied"]);
  expect(server.requests.size).toBe(4);

  server.json(address, { error: "Not you" }, 403);
  clock.advance(4000);
  await until(() => clock.waits[0] === 8000);
  server.json(address, []);
  clock.advance(8000);
  await until(() => subscription.status === "live");
  await until(() => clock.waits[0] === 200);

  expect(told).toEqual(["refused", "Access denied", "refused", "Not you", "live"]);
});

test("the better way is taken again when it can be had, from where the other one was", async () => {
  server.takesUpgrades = false;
  const opened = server.events(address);
  const connection = connected({ upgradeInterval: 7000 });
  const subscription = connection.subscribe("s", "g");
  const events = await opened.next();
  events.write('event: sync\ndata: [{"id":"a"}]\nid: e-5\n\n');
  await until(() => subscription.status === "live");

  await until(() => clock.waits.includes(7000));
  clock.advance(7000);
  // Still not: it goes on as it is, and waits longer.
  await until(() => clock.waits.includes(14_000));
  expect(connection.transport).toBe("sse");
  server.takesUpgrades = true;
  clock.advance(14_000);
  const line = await server.lines.next();
  const join = await line.joins.next();
  await until(() => connection.transport === "websocket");
  line.frame(group, { type: "resumed" }, { cursor: "e-5" });
  line.frame(group, { type: "create", data: { id: "b" } }, { cursor: "e-6" });
  await until(() => subscription.items.length === 2);

  expect(join.cursor).toBe("e-5");
  await until(() => events.destroyed);
});

test("a WebSocket that opens and says nothing is given up", async () => {
  server.json(address, []);
  const connection = connected({ transports: ["websocket", "polling"], openTimeout: 3000 });
  const subscription = connection.subscribe("s", "g");
  const line = await server.lines.next();
  await line.joins.next();
  clock.advance(3000);
  await until(() => subscription.status === "live");

  expect(connection.transport).toBe("polling");
});

test("with nothing there it tries again and again, with longer and longer waits", async () => {
  const connection = connected();
  await server.stop();
  connection.subscribe("s", "g");
  const waits: (number | undefined)[] = [];
  for (let round = 0; round < 3; round++) {
    await until(() => connection.status === "reconnecting" && clock.waits.some((wait) => wait < 10_000));
    waits.push(clock.waits[0]);
    clock.advance(clock.waits[0] ?? 0);
  }

  expect(waits).toEqual([500, 1000, 2000]);
});

test("where there is no WebSocket at all the next way is taken", async () => {
  const opened = server.events(address);
  const connection = connected({ WebSocket: null });
  connection.subscribe("s", "g");
  await opened.next();
  await until(() => connection.status === "open");

  expect(connection.transport).toBe("sse");
});

test("past four requests at once the rest is polled", async () => {
  for (let n = 0; n < 4; n++) server.events(`/streams/s/${n}`);
  server.json("/streams/s/4", [{ id: "a" }]);
  const connection = connected({ transports: ["sse"] });
  const all = Array.from({ length: 5 }, (_, n) => connection.subscribe("s", `${n}`));
  await until(() => all[4]?.status === "live");

  expect(all[4]?.items).toEqual([{ id: "a" }]);
  const next = server.events("/streams/s/4");
  all[0]?.close();
  (await next.next()).write('event: sync\ndata: [{"id":"b"}]\n\n');
  await until(() => all[4]?.items[0]?.id === "b");
});

test("headers go along with each request, new ones each time", async () => {
  server.json(address, []);
  let calls = 0;
  const connection = connected({ transports: ["polling"], token: "t", headers: () => ({ "X-Call": `${++calls}` }) });
  connection.subscribe("s", "g");
  const { headers } = await server.requests.next();

  expect([headers.authorization, headers["x-call"]]).toEqual(["Bearer t", "1"]);
});

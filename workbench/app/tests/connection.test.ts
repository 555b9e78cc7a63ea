import { beforeEach, expect, test } from "vitest";
import type { Batch } from "../src/api/types.js";
import { LiveConnection, type LiveStatus, type Socket } from "../src/live/connection.js";

/** A socket whose other end is the test. */
class Wire implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: unknown[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.onclose?.({} as never);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  greet(epoch: string, runs = `${epoch}-0`): void {
    this.onopen?.({} as never);
    this.say({ type: "subscribed", epoch, cursors: { project: `${epoch}-0`, runs } });
  }
}

const wires: Wire[] = [];
const waits: number[] = [];
const statuses: LiveStatus[] = [];
const batches: Batch[] = [];
const servers: boolean[] = [];
let planned: (() => void) | null = null;

const clock = {
  setTimeout: (callback: () => void, milliseconds: number) => {
    planned = callback;
    waits.push(milliseconds);
  },
  clearTimeout: () => (planned = null),
  random: () => 1,
};

function connection(): LiveConnection {
  const open = (): Socket => {
    const wire = new Wire();
    wires.push(wire);
    return wire;
  };
  const listener = {
    onBatch: (batch: Batch) => batches.push(batch),
    onStatus: (status: LiveStatus) => statuses.push(status),
    onSubscribed: (_epoch: string, isNew: boolean) => servers.push(isNew),
  };
  return new LiveConnection(open, listener, ["project", "runs"], clock);
}

function batch(cursor: string): object {
  return { type: "batch", topic: "runs", cursor, dropped: 0, reloads: [], runs: [] };
}

function last(): Wire {
  return wires.at(-1) as Wire;
}

function elapse(): void {
  const now = planned;
  planned = null;
  now?.();
}

beforeEach(() => {
  for (const list of [wires, waits, statuses, batches, servers]) list.length = 0;
  planned = null;
});

test("it begins with what is new", () => {
  connection().connect();
  last().greet("a");

  expect(last().sent).toEqual([{ type: "subscribe", topics: { project: null, runs: null } }]);
  expect(statuses).toEqual(["live"]);
});

test("after a break it goes on where it stopped", () => {
  connection().connect();
  last().greet("a", "a-7");
  last().say(batch("a-9"));
  last().close();
  elapse();
  last().greet("a");

  expect(last().sent).toEqual([{ type: "subscribe", topics: { project: "a-0", runs: "a-9" } }]);
  expect(statuses).toEqual(["live", "reconnecting", "live"]);
});

test("a break before anything was told loses nothing", () => {
  connection().connect();
  last().greet("a", "a-7");
  last().close();
  elapse();
  last().onopen?.({} as never);

  expect(last().sent).toEqual([{ type: "subscribe", topics: { project: "a-0", runs: "a-7" } }]);
});

test("what was not heard yet does not move the cursor", () => {
  connection().connect();
  last().greet("a", "a-7");
  last().close();
  elapse();
  last().greet("a", "a-50");
  last().close();
  elapse();
  last().onopen?.({} as never);

  expect(last().sent).toEqual([{ type: "subscribe", topics: { project: "a-0", runs: "a-7" } }]);
});

test("another process of the server is noticed", () => {
  connection().connect();
  last().greet("a");
  last().close();
  elapse();
  last().greet("b");

  expect(servers).toEqual([false, true]);
});

test("it waits longer each time, and says when the server is gone", () => {
  connection().connect();
  last().greet("a");
  for (let attempt = 0; attempt < 4; attempt += 1) {
    last().close();
    elapse();
  }

  expect(waits).toEqual([500, 1000, 2000, 4000]);
  expect(statuses).toEqual(["live", "reconnecting", "gone"]);
});

test("asked to connect now, it does not wait", () => {
  const live = connection();
  live.connect();
  last().close();
  live.connect();

  expect(wires).toHaveLength(2);
  expect(planned).toBeNull();
});

test("closed for good, it stays so", () => {
  const live = connection();
  live.connect();
  live.close();
  elapse();

  expect(wires).toHaveLength(1);
});

test("a topic is heard only while it is followed, and the others go on where they were", () => {
  const live = connection();
  live.connect();
  const [wire] = wires as [Wire];
  wire.greet("e");
  wire.say(JSON.parse(JSON.stringify(batch("e-3"))) as object);

  live.follow("logs");
  wire.say({ type: "subscribed", epoch: "e", cursors: { project: "e-0", runs: "e-3", logs: "e-40" } });
  live.unfollow("logs");

  expect(wire.sent.slice(1)).toEqual([
    { type: "subscribe", topics: { project: "e-0", runs: "e-3", logs: null } },
    { type: "subscribe", topics: { project: "e-0", runs: "e-3" } },
  ]);
  // The screens need not ask for all again.
  expect(servers).toEqual([false]);
});

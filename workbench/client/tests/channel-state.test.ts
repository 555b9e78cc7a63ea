import { expect, test } from "vitest";
import { after, NEW_CHANNEL, type ChannelState } from "../src/channel-state.js";
import type { Item, Update } from "../src/types.js";

const told = (...updates: Update[]): ChannelState => updates.reduce(after, NEW_CHANNEL);
const change = (kind: "create" | "update" | "delete", item: Item, cursor?: string): Update =>
  cursor === undefined ? { type: "change", kind, item } : { type: "change", kind, item, cursor };
const sync = (items: Item[], cursor?: string): Update =>
  cursor === undefined ? { type: "sync", data: items } : { type: "sync", data: items, cursor };
const grow = (id: string, text: string, offset: number): Update => ({ type: "grow", id, field: "text", text, offset });

test("before the first sync it is loading, and a change is not shown: the sync will have it", () => {
  const state = told(change("create", { id: "a" }, "e-1"));

  expect(state.shown).toBe(NEW_CHANNEL.shown);
  expect(state.shown.status).toBe("loading");
});

test("changes after a sync are shown, with or without cursors", () => {
  const items = told(sync([{ id: "a" }]), change("create", { id: "b" }), change("update", { id: "a", n: 1 }), change("delete", { id: "b" }));

  expect(items.shown).toEqual({ status: "live", items: [{ id: "a", n: 1 }], error: null });
  expect(items.cursor).toBeNull();
});

test("the cursor is that of what was heard last", () => {
  expect(told(sync([], "e-4")).cursor).toBe("e-4");
  expect(told(sync([{ id: "a" }], "e-4"), change("update", { id: "a", n: 1 }, "e-7")).cursor).toBe("e-7");
  expect(told(sync([{ id: "a" }], "e-4"), grow("a", "x", 9)).cursor).toBe("e-9");
  expect(told(sync([], "e-4"), { type: "event", event: { type: "t", data: 1 }, cursor: "e-5" }).cursor).toBe("e-5");
});

test("an epoch may have dashes of its own", () => {
  const state = told(sync([{ id: "a" }], "a-b-4"), grow("a", "x", 5));

  expect(state.cursor).toBe("a-b-5");
});

test("what the sync has already is not added again", () => {
  const state = told(sync([{ id: "a", text: "Hello" }], "e-10"), grow("a", "lo", 10), grow("a", "!", 11));

  expect(state.shown.items).toEqual([{ id: "a", text: "Hello!" }]);
});

test("a change that came before is not made again", () => {
  const state = told(sync([{ id: "a", text: "" }], "e-1"), grow("a", "x", 2), grow("a", "x", 2));

  expect(state.shown.items).toEqual([{ id: "a", text: "x" }]);
});

test("changes of one item that were merged past those of another lose nothing of it", () => {
  const state = told(
    sync([{ id: "a", text: "" }, { id: "b", text: "" }], "e-1"),
    change("update", { id: "a", text: "later" }, "e-5"),
    grow("b", "x", 3),
  );

  expect(state.shown.items[1]).toEqual({ id: "b", text: "x" });
});

test("an item that is not there cannot grow", () => {
  expect(told(sync([], "e-1"), grow("a", "x", 2)).shown.items).toEqual([]);
});

test("after a reset the old is shown until the sync", () => {
  const before = told(sync([{ id: "a" }], "e-1"), change("update", { id: "a", n: 1 }, "e-8"));
  const reset = after(before, { type: "reset" });

  expect(reset.shown).toBe(before.shown);
  expect(reset.cursor).toBeNull();
  expect(after(reset, sync([{ id: "a", n: 2 }], "f-3")).shown.items).toEqual([{ id: "a", n: 2 }]);
  expect(after(after(reset, sync([{ id: "a", n: 2 }], "f-3")), change("update", { id: "a", n: 4 }, "f-4")).cursor).toBe("f-4");
});

test("who resumes keeps all, and goes on from there", () => {
  const before = told(sync([{ id: "a", text: "x" }], "e-1"));
  const resumed = after(before, { type: "resumed", cursor: "e-1" });

  expect(resumed.shown).toBe(before.shown);
  expect(after(resumed, grow("a", "y", 2)).shown.items).toEqual([{ id: "a", text: "xy" }]);
});

test("who is refused sees nothing, and why", () => {
  const error = { code: "STREAM_ACCESS_DENIED", message: "Access denied" };
  const state = told(sync([{ id: "a" }], "e-1"), { type: "refused", error });

  expect(state.shown).toEqual({ status: "refused", items: [], error });
  expect(state.cursor).toBeNull();
});

test("an item that is not there is nothing, and then it is there", () => {
  const state = told({ type: "sync", data: null, cursor: "e-1" });

  expect(state.shown).toEqual({ status: "live", items: [], error: null });
  expect(after(state, change("create", { id: "a" }, "e-2")).shown.items).toEqual([{ id: "a" }]);
});

test("what changes nothing gives the same snapshot", () => {
  const state = told(sync([{ id: "a", n: 1 }], "e-1"));

  expect(after(state, change("update", { id: "a", n: 1 }, "e-2")).shown).toBe(state.shown);
  expect(after(state, sync([{ id: "a", n: 1 }], "e-3")).shown).toBe(state.shown);
});

import { expect, test } from "vitest";
import { grown, put, synced, without } from "../src/items.js";

const a = { id: "a", n: 1, deep: { list: [1, { x: 2 }] } };
const b = { id: "b", n: 2 };

test("a new item comes last, a known one stays in its place", () => {
  const later = put([a, b], { id: "a", n: 9 });

  expect(later).toEqual([{ id: "a", n: 9 }, b]);
  expect(put(later, { id: "c" }).map(({ id }) => id)).toEqual(["a", "b", "c"]);
  expect(later[1]).toBe(b);
});

test("an item that says the same as before changes nothing", () => {
  const items = [a, b];

  expect(put(items, structuredClone(a))).toBe(items);
  expect(synced(items, structuredClone(items))).toBe(items);
  expect(without(items, "gone")).toBe(items);
});

test("after a sync the items that stayed the same are the same objects, in the new order", () => {
  const later = synced([a, b], [structuredClone(b), { id: "c" }, { ...a, n: 5 }]);

  expect(later[0]).toBe(b);
  expect(later.map(({ id }) => id)).toEqual(["b", "c", "a"]);
});

test.each([
  [{ id: "x", v: [1] }, { id: "x", v: { 0: 1 } }],
  [{ id: "x", v: null }, { id: "x" }],
  [{ id: "x", v: 1 }, { id: "x", v: "1" }],
  [{ id: "x", v: undefined }, { id: "x", w: undefined }],
])("%j and %j are not the same", (one, other) => {
  expect(put([one], other)[0]).toBe(other);
});

test("text grows at its end, and other fields are set with it", () => {
  const item = { id: "a", text: "Hel", done: false };

  expect(grown(item, "text", "lo", { done: true })).toEqual({ id: "a", text: "Hello", done: true });
  expect(item.text).toBe("Hel");
  expect(grown({ id: "a" }, "text", "x")).toEqual({ id: "a", text: "x" });
});

test("what is handed out cannot be changed", () => {
  expect(Object.isFrozen(put([a], b))).toBe(true);
  expect(Object.isFrozen(synced([], [a]))).toBe(true);
});

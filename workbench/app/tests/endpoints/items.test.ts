import { expect, test } from "vitest";
import { keyOf } from "../../src/endpoints/stream/channels.js";
import { readItem } from "../../src/endpoints/stream/words.js";

test("an item is read as its longest text and the rest", () => {
  const item = { id: "7", from: "a teller", words: "Once there was\na cup", at: "2026-01-31T12:00:00.000Z" };

  expect(readItem(item)).toEqual({ words: "Once there was\na cup", rest: '{"from":"a teller","at":"2026-01-31T12:00:00.000Z"}' });
});

test.each([
  [{ id: "7", at: "2026-01-31T12:00:00.000Z", key: "3eb4e596-6963-4275", words: "" }, ""],
  [{ id: "two words", count: 3, parts: ["a b"] }, ""],
  [{ id: "7", words: "从前有个杯子" }, "从前有个杯子"],
])("ids, times and what is empty are no words: %j", (item, words) => {
  expect(readItem(item).words).toBe(words);
});

test("many parts have a line each, and no end is waited for", () => {
  const { rest } = readItem({ id: "7", numbers: Array.from({ length: 9_000 }, (_, index) => index) });

  expect(rest.split("\n")[1]).toBe('  "numbers": [');
  expect(rest.length).toBe(20_000);
});

test("a channel is the same as itself alone", () => {
  expect(keyOf({ stream: "a", group: "b" })).toBe(keyOf({ group: "b", stream: "a" }));
  expect(keyOf({ stream: "a", group: "b" })).not.toBe(keyOf({ stream: "a", group: "c" }));
  expect(keyOf(null)).toBe("");
});

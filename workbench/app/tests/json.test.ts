import { expect, test } from "vitest";
import { diffOf, textChange } from "../src/json/diff.js";
import { parsedExactly, prettyExactly } from "../src/json/digits.js";
import { flatten, openAtFirst } from "../src/json/flatten.js";
import { inShort, isSame } from "../src/json/json.js";

test("a value is one line in short, however large it is", () => {
  expect(inShort({ a: 1, b: ["x", null], c: { d: true } })).toBe('{a: 1, b: ["x", null], c: {d: true}}');
  let touched = 0;
  const large = Array.from({ length: 10_000 }, () => ({ get text(): string { return `x${(touched += 1)}`; } }));
  expect(inShort(large, 40)).toHaveLength(40);
  expect(touched).toBeLessThan(20);
  expect(inShort("y".repeat(1000), 10)).toBe('"yyyyyyyy…');
});

test("the order of keys says nothing", () => {
  expect(isSame({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
  expect(isSame({ a: undefined }, { b: undefined })).toBe(false);
  expect(isSame([], {})).toBe(false);
});

test("only what is open has rows below it", () => {
  const value = { name: "x", parts: [1, { deep: true }], none: {} };
  const rows = flatten(value, new Set(["", "/parts"]));

  expect(rows.map(({ id, depth, isOpen, text }) => [id, depth, isOpen, text])).toEqual([
    ["", 0, true, "3 keys"],
    ["/name", 1, undefined, '"x"'],
    ["/parts", 1, true, "2 items"],
    ["/parts/0", 2, undefined, "1"],
    ["/parts/1", 2, false, "{deep: true}"],
    ["/none", 1, undefined, "{}"],
  ]);
});

test("keys with slashes stay apart", () => {
  const ids = flatten({ "a/b": { c: 1 }, a: { "b/c": 2 } }, new Set(["", "/a~1b", "/a"])).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a long text opens into its lines", () => {
  const text = `${"x".repeat(150)}\nend`;
  expect(flatten(text, new Set([""])).map((row) => row.text)).toEqual(["154 characters", "x".repeat(110), "x".repeat(40), "end"]);
});

test("no digit of a long number is lost, where the browser tells them", () => {
  const text = '{\n  "id": 9007199254740993\n}';
  const value = parsedExactly(text);
  const isTold = typeof (value as { readonly id: unknown }).id === "bigint";

  expect(flatten(value, new Set([""]))[1]).toMatchObject({ kind: "number", text: isTold ? "9007199254740993" : "9007199254740992" });
  expect(prettyExactly(value)).toBe(isTold ? text : text.replace("3", "2"));
});

test("at first the outer rows are open, and not too many of them", () => {
  const value = { small: { a: 1 }, large: Array.from({ length: 1000 }, (_, n) => n) };
  expect([...openAtFirst(value)]).toEqual(["", "/small"]);
  expect([...openAtFirst([1, 2])]).toEqual([""]);
  expect([...openAtFirst(5)]).toEqual([]);
});

test("a diff names what came, went and changed", () => {
  const before = { name: "a", items: [1, 2, 3], gone: true, same: { x: 1 } };
  const after = { name: "b", items: [1, 3], same: { x: 1 }, "new key": null };

  expect(diffOf(before, after)).toEqual([
    { path: "name", kind: "changed", before: "a", after: "b" },
    { path: "items[1]", kind: "removed", before: 2, after: undefined },
    { path: "gone", kind: "removed", before: true, after: undefined },
    { path: '["new key"]', kind: "added", before: undefined, after: null },
  ]);
});

test("what is the same has no diff, and what is of another kind changed as a whole", () => {
  expect(diffOf([1, { a: 2 }], [1, { a: 2 }])).toEqual([]);
  expect(diffOf({ a: 1 }, [1])).toEqual([{ path: "", kind: "changed", before: { a: 1 }, after: [1] }]);
  expect(diffOf(Array(900).fill(0), Array(900).fill(1))).toHaveLength(500);
});

test("of two texts the part between their common ends is told", () => {
  expect(textChange("Hello world", "Hello dear world")).toEqual({ head: "Hello ", before: "", after: "dear ", tail: "world" });
  expect(textChange("aa", "aaa")).toEqual({ head: "aa", before: "", after: "a", tail: "" });
});

test("a key that every object has came anew as any other", () => {
  expect(diffOf({}, { constructor: 1 })).toEqual([{ path: "constructor", kind: "added", before: undefined, after: 1 }]);
});

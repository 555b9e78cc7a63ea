import { describe, expect, test } from "vitest";
import { capsOf, heard, pressOf, type Begun } from "../src/keys/press.js";

const NONE = { ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, isComposing: false, repeat: false };
const KEYS = [{ press: "?" }, { press: "/" }, { press: "mod+k" }, { press: "g f" }, { press: "g e" }];

/** The keys of the table that these are, with a tenth of a second between two. */
function pressed(...presses: readonly (string | number)[]): readonly string[] {
  const found: string[] = [];
  let begun: Begun | null = null;
  let at = 0;
  for (const press of presses) {
    if (typeof press === "number") at += press;
    else {
      const one: ReturnType<typeof heard<(typeof KEYS)[number]>> = heard(KEYS, begun, press, at);
      begun = one.begun;
      at += 100;
      if (one.key !== undefined) found.push(one.key.press);
    }
  }
  return found;
}

describe("what is pressed", () => {
  test.each([
    [{ key: "?", shiftKey: true }, "?"],
    [{ key: "G" }, "g"],
    [{ key: "k", ctrlKey: true }, "mod+k"],
    [{ key: "k", metaKey: true }, "mod+k"],
    [{ key: "Enter", ctrlKey: true }, "mod+Enter"],
    [{ key: "K", ctrlKey: true, shiftKey: true }, null],
    [{ key: "g", altKey: true }, null],
    [{ key: "g", isComposing: true }, null],
    [{ key: "k", ctrlKey: true, repeat: true }, null],
  ])("%o is %s", (event, press) => {
    expect(pressOf({ ...NONE, ...event })).toBe(press);
  });
});

describe("a key of two", () => {
  test("is heard when both came", () => expect(pressed("g", "f", "g", "e")).toEqual(["g f", "g e"]));
  test("is not heard by its second alone", () => expect(pressed("f", "e")).toEqual([]));
  test("is forgotten after a while", () => expect(pressed("g", 2000, "f")).toEqual([]));
  test("begins anew with the same first", () => expect(pressed("g", "g", "f")).toEqual(["g f"]));
  test("gives way to what is a key by itself", () => expect(pressed("g", "?", "f")).toEqual(["?"]));
});

test("caps are those of the person's keyboard", () => {
  expect(capsOf("mod+k", true)).toEqual([["⌘", "K"]]);
  expect(capsOf("mod+Enter", false)).toEqual([["Ctrl", "↵"]]);
  expect(capsOf("g f", false)).toEqual([["G"], ["F"]]);
});

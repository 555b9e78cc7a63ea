import { expect, test } from "vitest";
import type { LogView } from "../src/api/types.js";
import { asJsonLines, asText } from "../src/logs/export.js";
import { countSince, isGap, shownRows, withLines, type LogFilter } from "../src/logs/lines.js";

function line(number: number, more: Partial<LogView> = {}): LogView {
  const plain = { at: 0, level: "info", message: `m${number}`, logger: "step", action: null, step: "A", traceId: "t", spanId: null, fields: {}, traceback: null } as const;
  return { number, ...plain, ...more };
}

const numbers = (lines: readonly LogView[]): readonly number[] => lines.map(({ number }) => number);

test("the newest lines are kept, in the order of their numbers, each once", () => {
  expect(numbers(withLines([line(1), line(2)], [line(3)], 2))).toEqual([2, 3]);
  expect(numbers(withLines([line(3), line(4)], [line(1), line(2), line(3)]))).toEqual([1, 2, 3, 4]);
  expect(numbers(withLines([line(1)], [line(3), line(2)]))).toEqual([1, 2, 3]);
});

test("what is known already changes nothing", () => {
  const lines = [line(1), line(2)];
  expect(withLines(lines, [line(2), line(1)])).toBe(lines);
  expect(withLines(lines, [])).toBe(lines);
});

const LINES = [
  line(1, { level: "debug" }),
  line(2, { level: "error", step: "B", traceId: "u", fields: { order: "Soup" } }),
  line(3, { level: "warning", step: null, traceId: null, logger: "web" }),
];

test.each<[LogFilter, readonly number[]]>([
  [{}, [1, 2, 3]],
  [{ level: "warning" }, [2, 3]],
  [{ level: "nonsense" }, [1, 2, 3]],
  [{ step: "B" }, [2]],
  [{ trace: "u" }, [2]],
  [{ q: "M1" }, [1]],
  [{ q: "soup" }, [2]],
  [{ q: "web" }, [3]],
  [{ level: "error", q: "m1" }, []],
])("filtered by %j", (filter, wanted) => {
  expect(numbers(shownRows(LINES, filter).filter((row) => !isGap(row)) as LogView[])).toEqual(wanted);
});

test("where lines are missing it says how many, also if those around do not fit", () => {
  const rows = shownRows([line(5), line(6, { step: "B" }), line(10, { step: "B" }), line(11)], { step: "A" });
  expect(rows.map((row) => (isGap(row) ? -row.missing : row.number))).toEqual([5, -3, 11]);
});

test("what came while it stood still is counted if it fits", () => {
  const held = [line(1), line(2)];
  expect(countSince(held, [...held, line(3), line(4, { step: "B" })], { step: "A" })).toBe(1);
  expect(countSince([], [line(1)], {})).toBe(1);
});

test("ten thousand lines are taken in and filtered within a frame or two", () => {
  const lines = Array.from({ length: 10_000 }, (_, n) => line(n, { message: `message number ${n}` }));
  shownRows(lines, { q: "warm up" });
  const begun = performance.now();
  for (let round = 0; round < 10; round += 1) shownRows(withLines(lines, [line(10_000 + round)]), { q: "number 99" });
  expect((performance.now() - begun) / 10).toBeLessThan(30);
});

test("an export has a line for each, and tracebacks below theirs", () => {
  const lines = [line(1, { fields: { n: 1 } }), line(2, { level: "error", traceback: "Traceback\nValueError: x\n" })];
  expect(asJsonLines(lines).trim().split("\n").map((text) => (JSON.parse(text) as LogView).number)).toEqual([1, 2]);
  expect(asText(lines).split("\n").map((text) => text.slice(24))).toEqual(["INFO    A  m1 {n: 1}", "ERROR   A  m2", "", "", ""]);
  expect(asText(lines)).toContain("ValueError: x\n");
});

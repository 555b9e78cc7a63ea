import { describe, expect, test } from "vitest";
import type { RunView } from "../src/api/types.js";
import { outcomeOf } from "../src/live/outcomes.js";

describe("the outcome of a trace", () => {
  const run = (change: Partial<RunView>): RunView => ({
    id: "r", traceId: "t", parentId: null, step: "A", trigger: "queue(x)", status: "ok", httpStatus: null, error: null, attempt: 1, startedAt: 10, durationMs: 500, marks: 0, ...change,
  });

  test("is nothing before anything ran", () => {
    expect(outcomeOf([])).toBeNull();
  });

  test("is running while one runs, failed when one failed", () => {
    expect(outcomeOf([run({}), run({ status: "running", durationMs: null })])).toEqual({ status: "running", runs: 2, ranMs: null, error: null });
    expect(outcomeOf([run({}), run({ status: "error", error: "bad", startedAt: 11 })])).toEqual({ status: "error", runs: 2, ranMs: 1500, error: "bad" });
  });
});

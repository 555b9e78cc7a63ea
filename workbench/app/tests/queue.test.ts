import { describe, expect, test } from "vitest";
import type { LaneView, RunView } from "../src/api/types.js";
import { outcomeOf } from "../src/live/outcomes.js";
import { blankPayload, payloadOf, refusalOf, valueOf } from "../src/payload/payload.js";
import { groupedLanes, neighbourOf, summed, topicOf } from "../src/queue/lanes.js";

function lane(step: string, trigger: string, dead = 0): LaneView {
  return { step, trigger, waiting: 1, running: 2, dead, isParked: false };
}

describe("lanes", () => {
  test("stand by topic, and what no topic sets off after them", () => {
    const groups = groupedLanes([lane("Tick", "cron(0 9 * * *)"), lane("A", "queue(x)"), lane("B", "queue(y)"), lane("C", "queue(x)")]);

    expect(groups.map(({ name, lanes }) => [name, lanes.map(({ step }) => step)])).toEqual([["x", ["A", "C"]], ["y", ["B"]], ["cron(0 9 * * *)", ["Tick"]]]);
  });

  test("name their topic, whatever is in it", () => {
    expect(topicOf("queue(order(new))")).toBe("order(new)");
    expect(topicOf("state")).toBeNull();
  });

  test("are summed", () => {
    expect(summed([lane("A", "x", 3), lane("B", "x", 4)])).toEqual({ waiting: 2, running: 4, dead: 7 });
  });
});

test("after a letter the next is chosen, and the one before it at the end", () => {
  expect(["a", "b", "c"].map((id) => neighbourOf(["a", "b", "c"], id))).toEqual(["b", "c", "b"]);
  expect(neighbourOf(["a"], "a")).toBeUndefined();
  expect(neighbourOf(["a"], "other")).toBeUndefined();
});

describe("a payload", () => {
  const schema = { type: "object", properties: { item: { type: "string", minLength: 1 } }, required: ["item"] };

  test("keeps its value as a text", () => {
    expect(valueOf(payloadOf({ a: [1, null] }))).toEqual({ a: [1, null] });
    expect(valueOf({ text: "{", isRaw: true })).toBeUndefined();
  });

  test("begins as its schema says, and as an object without one", () => {
    expect(valueOf(blankPayload(schema))).toEqual({ item: "" });
    expect(blankPayload(null)).toEqual({ text: "{}", isRaw: true });
  });

  test("is refused for what its schema says", () => {
    expect(refusalOf({ item: "tea" }, schema)).toBeNull();
    expect(refusalOf({ item: "" }, schema)).toMatch(/^item /);
    expect(refusalOf(undefined, schema)).toBe("it is no JSON");
    expect(refusalOf(1, null)).toBeNull();
  });
});

describe("the outcome of a trace", () => {
  const run = (change: Partial<RunView>): RunView => ({
    id: "r", traceId: "t", parentId: null, step: "A", trigger: "queue(x)", status: "ok", error: null, attempt: 1, startedAt: 10, durationMs: 500, marks: 0, ...change,
  });

  test("is nothing before anything ran", () => {
    expect(outcomeOf([])).toBeNull();
  });

  test("is running while one runs, failed when one failed", () => {
    expect(outcomeOf([run({}), run({ status: "running", durationMs: null })])).toEqual({ status: "running", runs: 2, ranMs: null, error: null });
    expect(outcomeOf([run({}), run({ status: "error", error: "bad", startedAt: 11 })])).toEqual({ status: "error", runs: 2, ranMs: 1500, error: "bad" });
  });
});

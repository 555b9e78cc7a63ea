import { describe, expect, test } from "vitest";
import type { LaneView } from "../src/api/types.js";
import { groupedLanes, neighbourOf, summed, topicOf } from "../src/queue/lanes.js";

function lane(step: string, trigger: string, dead = 0): LaneView {
  return { step, trigger, waiting: 2, delayed: 1, running: 2, dead, isParked: false };
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
    expect(summed([lane("A", "x", 3), lane("B", "x", 4)])).toEqual({ waiting: 4, delayed: 2, running: 4, dead: 7 });
  });
});

test("after a letter the next is chosen, and the one before it at the end", () => {
  expect(["a", "b", "c"].map((id) => neighbourOf(["a", "b", "c"], id))).toEqual(["b", "c", "b"]);
  expect(neighbourOf(["a"], "a")).toBeUndefined();
  expect(neighbourOf(["a"], "other")).toBeUndefined();
});

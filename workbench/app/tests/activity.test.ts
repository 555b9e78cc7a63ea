import { expect, test } from "vitest";
import type { RunView } from "../src/api/types.js";
import { Activity, edgeKey, triggerOf } from "../src/live/activity.js";
import { Ring } from "../src/live/ring.js";

const NOW = 5_000;

function run(id: string, step: string, more: Partial<RunView> = {}): RunView {
  const plain = { traceId: "t", parentId: null, trigger: "http(POST /)", status: "ok", httpStatus: null, error: null, attempt: 1 } as const;
  return { id, step, ...plain, startedAt: 0, durationMs: 1, marks: 0, ...more };
}

test("a ring keeps the newest and says how many made room", () => {
  const ring = new Ring<{ id: string; told: number }>(2);
  ring.put({ id: "a", told: 1 });
  ring.put({ id: "b", told: 1 });
  const before = ring.put({ id: "a", told: 2 });
  ring.put({ id: "c", told: 1 });

  expect(before).toEqual({ id: "a", told: 1 });
  expect([...ring.values()].map((item) => item.id)).toEqual(["b", "c"]);
  expect(ring.forgotten).toBe(1);
});

test("a run runs until it is told again", () => {
  const activity = new Activity();
  const begun = activity.hear([run("1", "A", { status: "running", durationMs: null })], NOW).steps.get("A");
  const ended = activity.hear([run("1", "A", { status: "error" })], NOW).steps.get("A");

  expect(begun).toMatchObject({ running: 1, runs: 0, errors: 0, last: "running" });
  expect(ended).toMatchObject({ running: 0, runs: 1, errors: 1, last: "error" });
});

test("what is told again after a break counts once", () => {
  const activity = new Activity();
  activity.hear([run("1", "A")], NOW);
  const steps = activity.hear([run("1", "A")], NOW).steps;

  expect(steps.get("A")?.runs).toBe(1);
});

test("a run lights the edge by which it came", () => {
  const activity = new Activity();
  const child = { parentId: "1", trigger: triggerOf("paid") };
  const { edges } = activity.hear([run("1", "A"), run("2", "B", child), run("3", "B", { ...child, attempt: 2 })], NOW);

  expect(edges.get(edgeKey("A", "B", triggerOf("paid")))).toEqual({ count: 1, pulse: NOW });
});

test("counted anew, what still runs goes on", () => {
  const activity = new Activity();
  activity.hear([run("1", "A"), run("2", "A", { status: "running" })], NOW);
  const counted = activity.rebase().steps.get("A");
  const ended = activity.hear([run("2", "A")], NOW).steps.get("A");

  expect(counted).toMatchObject({ running: 1, runs: 0 });
  expect(ended).toMatchObject({ running: 0, runs: 1 });
});

test("steps that did nothing stay the same objects", () => {
  const activity = new Activity();
  const before = activity.hear([run("1", "A")], NOW).steps.get("A");
  const after = activity.hear([run("2", "B")], NOW).steps.get("A");

  expect(after).toBe(before);
});

test("when some was missed, nothing is said to run", () => {
  const activity = new Activity();
  activity.hear([run("1", "A", { status: "running" })], NOW);

  expect(activity.forgetRunning().steps.get("A")?.running).toBe(0);
});

test("what shines is not lit again before it is dark", () => {
  const activity = new Activity();
  const pulse = (id: string, now: number): number | undefined => activity.hear([run(id, "A")], now).steps.get("A")?.pulse;

  expect([pulse("1", 1_000), pulse("2", 1_500), pulse("3", 2_500)]).toEqual([1_000, 1_000, 2_500]);
});

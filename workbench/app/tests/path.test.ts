import { expect, test } from "vitest";
import { mergedRuns, pathOf, undeclaredWays, waysOf } from "../src/flows/path.js";
import { edge, handedOn, run } from "./samples.js";

const WAYS = waysOf([edge("Take", "Pay", "order"), edge("Take", "Pack", "order"), edge("Pay", "Tell", "paid"), edge("Pay", "Tell", "refused")]);
const RUNS = [
  run("1", "Take", 0, 10),
  run("2", "Pay", 12, 40, { ...handedOn("1", "order"), status: "error", error: "no" }),
  run("3", "Pack", 13, 30, handedOn("1", "order")),
  run("4", "Pay", 50, 60, { ...handedOn("1", "order"), attempt: 2 }),
  run("5", "Tell", 62, null, handedOn("4", "paid")),
];

test("steps are numbered in the order in which they first ran", () => {
  const { steps } = pathOf(RUNS.toReversed(), WAYS);

  expect([...steps].map(([step, { order }]) => [step, order])).toEqual([["Take", 1], ["Pay", 2], ["Pack", 3], ["Tell", 4]]);
});

test("of a step that ran twice both runs count", () => {
  expect(pathOf(RUNS, WAYS).steps.get("Pay")).toEqual({ order: 2, runs: 2, errors: 1, running: 0, milliseconds: 38 });
});

test("of two topics between two steps only the one that was used is lit", () => {
  expect([...pathOf(RUNS, WAYS).edges.keys()]).toEqual(["Take→Pay:order", "Take→Pack:order", "Pay→Tell:paid"]);
});

test("an attempt that is repeated was handed on once", () => {
  expect(pathOf(RUNS, WAYS).edges.get("Take→Pay:order")).toEqual({ order: 2, count: 1, hasFailed: true, isRunning: false });
});

test("at an earlier time the path is as it was then", () => {
  const { steps, edges } = pathOf(RUNS, WAYS, 100.02);

  expect([...steps.keys()]).toEqual(["Take", "Pay", "Pack"]);
  expect(steps.get("Pay")).toMatchObject({ running: 1, errors: 0, milliseconds: 0 });
  expect(edges.get("Take→Pay:order")).toMatchObject({ isRunning: true, hasFailed: false });
});

test("a run whose emitter is not known lights its step, and no edge", () => {
  const { steps, edges } = pathOf([run("9", "Pay", 0, 1, handedOn("gone", "order"))], WAYS);

  expect([...steps.keys()]).toEqual(["Pay"]);
  expect(edges.size).toBe(0);
});

test("a write that set off a step is a way that no step declares", () => {
  const runs = [...RUNS, run("6", "Watch", 15, 16, { parentId: "3", trigger: "state" }), run("7", "Watch", 17, 18, { parentId: "3", trigger: "state" })];
  const [way, ...others] = undeclaredWays(runs, WAYS);

  expect(way).toMatchObject({ source: "Pack", target: "Watch", trigger: "state" });
  expect(others).toEqual([]);
  expect(pathOf(runs, way === undefined ? [] : [way]).edges.get(way?.id ?? "")).toMatchObject({ count: 2 });
});

test("what was told since is newer than what was asked for, and nothing is there twice", () => {
  const asked = [run("1", "Take", 0, null), run("2", "Pay", 5, 9)];
  const merged = mergedRuns(asked, [run("2", "Pay", 5, null), run("1", "Take", 0, 3), run("3", "Pack", 4, null)]);

  expect(merged.map(({ id, status }) => [id, status])).toEqual([["1", "ok"], ["3", "running"], ["2", "ok"]]);
});

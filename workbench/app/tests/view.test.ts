import { expect, test } from "vitest";
import { EDITORS } from "../src/parts/editors.js";
import { ago, duration, short } from "../src/parts/times.js";
import { failureText, lanesOf, outlineOf, partOf, placesWith, shapeOf, subtitleOf } from "../src/flows/view.js";
import { edge, node, trigger } from "./samples.js";

const FAILURE = { file: "a_step.py", line: 3, kind: "syntax", message: "no", advice: "", excerpt: [] };
const GRAPH = {
  revision: 1,
  nodes: [node("A"), node("B"), node("C")],
  edges: [edge("A", "B", "one"), edge("A", "B", "two"), edge("B", "C", "three")],
  flows: [{ name: "shop", steps: ["A", "B"] }],
  layout: {},
};

test("a flow is its steps and what passes between them", () => {
  const part = partOf(GRAPH, "shop");

  expect(part.nodes.map(({ id }) => id)).toEqual(["A", "B"]);
  expect(part.edges.map(({ topic }) => topic)).toEqual(["one", "two"]);
  expect(partOf(GRAPH, undefined)).toBe(GRAPH);
});

test("counts do not change the shape of a graph, a new topic between its steps does", () => {
  const busy = { nodes: GRAPH.nodes.map((each) => ({ ...each, runs: 9 })), edges: GRAPH.edges.map((each) => ({ ...each, count: 9 })) };

  expect(shapeOf(busy)).toBe(shapeOf(GRAPH));
  expect(shapeOf({ ...busy, edges: GRAPH.edges.slice(1) })).not.toBe(shapeOf(GRAPH));
});

test("edges between the same steps lie beside each other, also those that lead back", () => {
  const lanes = lanesOf([...GRAPH.edges, edge("B", "A", "back")]);

  expect([lanes.get("A→B:one"), lanes.get("A→B:two"), lanes.get("B→A:back"), lanes.get("B→C:three")]).toEqual([-1, 0, 1, 0]);
});

test("a node says what sets it off, the rest as a number", () => {
  const triggers = [trigger("queue", "queue paid", { topic: "paid" }), trigger("http", "POST /pay")];

  expect(subtitleOf(node("A", { triggers }))).toBe("paid +1");
  expect(subtitleOf(node("A", { triggers: triggers.slice(1) }))).toBe("POST /pay");
});

test("a failure says since when what is served instead", () => {
  const since = new Date(2026, 0, 1, 14, 2, 11).getTime() / 1000;

  expect(failureText(node("A", { failure: { ...FAILURE, servedSince: since } }))).toBe("Line 3 does not load, still serving the version from 14:02:11");
  expect(failureText(node("A", { failure: { ...FAILURE, servedSince: null } }))).toBe("Line 3 does not load");
});

test("in words a node says all that its drawing does", () => {
  const api = node("A", { kind: "api", triggers: [trigger("http", "POST /a")], runs: 2, errors: 1 });

  expect(outlineOf(api, GRAPH.edges)).toBe("A, API step: POST /a. 2 runs, 1 failed. emits one to B, two to B");
});

test.each([
  [0.42, "0.4 ms"],
  [42.4, "42 ms"],
  [1_240, "1.24 s"],
  [12_345, "12.3 s"],
  [125_000, "2 min 5 s"],
])("%d ms are %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

test("numbers and times stay short", () => {
  expect([short(999), short(1_234), short(45_678), short(3_400_000)]).toEqual(["999", "1.2k", "46k", "3.4M"]);
  expect([ago(100, 101), ago(100, 130), ago(100, 500), ago(100, 9_000)]).toEqual(["now", "30 s ago", "6 min ago", "2 h ago"]);
});

test("editors are asked by addresses of their own, on any system", () => {
  expect(EDITORS.vscode.address("/home/ada/a b.py", 7)).toBe("vscode://file/home/ada/a%20b.py:7");
  expect(EDITORS.zed.address("C:/ada/a.py", 7)).toBe("zed://file/C:/ada/a.py:7");
  expect(EDITORS.idea.address("/a b.py", 7)).toBe("pycharm://open?file=%2Fa%20b.py&line=7");
});

test("a step that is called like something every object has stands where it was laid out", () => {
  const place = { x: 1, y: 2 };
  const names = ["__proto__", "constructor", "toString"];

  expect([...placesWith(new Map(names.map((name) => [name, place])), {}).values()]).toEqual([place, place, place]);
  expect(placesWith(new Map([["__proto__", place]]), JSON.parse('{"__proto__": {"x": 5, "y": 6}}')).get("__proto__")).toEqual({ x: 5, y: 6 });
});

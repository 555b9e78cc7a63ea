import { expect, test } from "vitest";
import { layoutOf, NODE_HEIGHT, NODE_WIDTH } from "../src/flows/layout.js";
import { neighbour } from "../src/flows/neighbours.js";
import { edge, node } from "./samples.js";

const NODES = ["A", "B", "C", "D", "Alone", "Lonely"].map((id) => node(id));
const EDGES = [edge("A", "B", "one"), edge("A", "C", "one"), edge("B", "D", "two"), edge("C", "D", "two"), edge("D", "A", "again")];

test("the same graph is laid out the same, in whatever order it is told", () => {
  const places = layoutOf(NODES, EDGES);
  const again = layoutOf(NODES.toReversed(), EDGES.toReversed());

  expect(Object.fromEntries(again)).toEqual(Object.fromEntries(places));
});

test("topics lead to the right", () => {
  const places = layoutOf(NODES, EDGES.slice(0, 4));
  const x = (id: string): number => places.get(id)?.x ?? NaN;

  expect(x("A")).toBeLessThan(x("B"));
  expect(x("B")).toBe(x("C"));
  expect(x("C")).toBeLessThan(x("D"));
});

test("no two nodes cover each other", () => {
  const nodes = Array.from({ length: 120 }, (_, index) => node(`S${index}`));
  const edges = Array.from({ length: 80 }, (_, index) => edge(`S${Math.floor(index / 3)}`, `S${index + 1}`, "t"));
  const places = [...layoutOf(nodes, edges).values()];

  for (const [index, one] of places.entries()) {
    for (const other of places.slice(index + 1)) {
      expect(Math.abs(one.x - other.x) >= NODE_WIDTH || Math.abs(one.y - other.y) >= NODE_HEIGHT).toBe(true);
    }
  }
});

test("a second topic between two steps moves nothing", () => {
  const places = layoutOf(NODES, EDGES);
  const more = layoutOf(NODES, [...EDGES, edge("A", "B", "other"), edge("B", "B", "itself")]);

  expect(Object.fromEntries(more)).toEqual(Object.fromEntries(places));
});

test("what an edge names but the graph does not have is left out", () => {
  expect([...layoutOf([node("A")], [edge("A", "Gone", "t")]).keys()]).toEqual(["A"]);
});

test("without nodes there are no places", () => {
  expect(layoutOf([], []).size).toBe(0);
});

test("an arrow key leads to what lies that way, rather straight than near", () => {
  const places = new Map([
    ["here", { x: 0, y: 0 }],
    ["right", { x: 400, y: 20 }],
    ["aside", { x: 300, y: 300 }],
    ["below", { x: 0, y: 120 }],
  ]);

  expect(neighbour(places, "here", "ArrowRight")).toBe("right");
  expect(neighbour(places, "here", "ArrowDown")).toBe("below");
  expect(neighbour(places, "here", "ArrowUp")).toBeNull();
  expect(neighbour(places, "here", "Enter")).toBeNull();
});

/**
 * Where the nodes of a graph stand, from left to right. Pure, and always the same for the same graph:
 * the parts that hang together are laid out each for itself, then packed in rows, the largest first.
 */

import dagre from "@dagrejs/dagre";
import type { EdgeView, NodeView, Position } from "../api/types.js";

/** Of every node, so that nothing has to be measured first. */
export const NODE_WIDTH = 228;
export const NODE_HEIGHT = 92;
/** Between two columns: room for the name of a topic. */
const RANK_GAP = 132;
const NODE_GAP = 30;
/** Between parts that do not hang together. */
const PART_GAP = 48;
/** So many nodes that hang together are ranked the quick way: edges are a little longer then. */
const MANY = 150;
/** How much wider than high the whole should be. */
const ASPECT = 1.5;

type Id = Pick<NodeView, "id">;
type Ends = Pick<EdgeView, "source" | "target">;
export type Places = ReadonlyMap<string, Position>;
type Link = readonly [from: number, to: number];
type Shape = readonly Position[];

interface Part {
  readonly places: Places;
  readonly width: number;
  readonly height: number;
}

export function layoutOf(nodes: readonly Id[], edges: readonly Ends[]): Places {
  const ids = nodes.map(({ id }) => id).sort();
  const known = new Set(ids);
  const pairs = distinctPairs(edges.filter(({ source, target }) => known.has(source) && known.has(target)));
  const parts = partsOf(ids, pairs).sort((one, other) => other.length - one.length);
  const targets = targetsOf(pairs);
  const shapes = new Map<string, Shape>();
  return packed(parts.map((part) => {
    const links = linksOf(part, targets);
    // A project has many parts that look the same, as one step that sets off another.
    const key = `${part.length} ${links.join(" ")}`;
    const shape = shapes.get(key) ?? laidOut(part.length, links);
    shapes.set(key, shape);
    return partOf(part, shape);
  }));
}

/** One for all topics between two steps, in an order that does not depend on theirs; none to itself. */
function distinctPairs(edges: readonly Ends[]): readonly Ends[] {
  const byName = new Map(edges.map((edge) => [`${edge.source}\n${edge.target}`, edge]));
  return [...byName]
    .filter(([, { source, target }]) => source !== target)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, edge]) => edge);
}

function targetsOf(pairs: readonly Ends[]): ReadonlyMap<string, readonly string[]> {
  const targets = new Map<string, string[]>();
  for (const { source, target } of pairs) {
    const known = targets.get(source);
    if (known === undefined) targets.set(source, [target]);
    else known.push(target);
  }
  return targets;
}

/** The ids that hang together; each list sorted, as are their first ones. */
function partsOf(ids: readonly string[], pairs: readonly Ends[]): string[][] {
  const neighbours = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { source, target } of pairs) {
    neighbours.get(source)?.push(target);
    neighbours.get(target)?.push(source);
  }
  const seen = new Set<string>();
  const parts: string[][] = [];
  for (const id of ids) {
    if (seen.has(id)) continue;
    seen.add(id);
    const part = [id];
    // Grows while it is walked.
    for (const member of part) {
      for (const next of neighbours.get(member) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        part.push(next);
      }
    }
    parts.push(part.sort());
  }
  return parts;
}

/** Between members of a part, by their positions in it. */
function linksOf(part: readonly string[], targets: ReadonlyMap<string, readonly string[]>): readonly Link[] {
  const positions = new Map(part.map((id, position) => [id, position]));
  return part.flatMap((id, from) => (targets.get(id) ?? []).map((target): Link => [from, positions.get(target) as number]));
}

/** Where `count` nodes stand that hang together by these links. */
function laidOut(count: number, links: readonly Link[]): Shape {
  if (count === 1) return [{ x: 0, y: 0 }];
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "LR", ranksep: RANK_GAP, nodesep: NODE_GAP, ranker: count > MANY ? "tight-tree" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  const names = Array.from({ length: count }, (_, position) => String(position));
  for (const name of names) graph.setNode(name, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const [from, to] of links) graph.setEdge(String(from), String(to));
  dagre.layout(graph);
  const centres = names.map((name) => graph.node(name) as Position);
  const left = Math.min(...centres.map(({ x }) => x));
  const top = Math.min(...centres.map(({ y }) => y));
  return centres.map(({ x, y }) => ({ x: Math.round(x - left), y: Math.round(y - top) }));
}

function partOf(part: readonly string[], shape: Shape): Part {
  return {
    places: new Map(shape.map((place, position) => [part[position] as string, place])),
    width: Math.max(...shape.map(({ x }) => x)) + NODE_WIDTH,
    height: Math.max(...shape.map(({ y }) => y)) + NODE_HEIGHT,
  };
}

function packed(parts: readonly Part[]): Places {
  const area = parts.reduce((sum, { width, height }) => sum + (width + PART_GAP) * (height + PART_GAP), 0);
  const widest = Math.max(0, ...parts.map(({ width }) => width), Math.sqrt(area * ASPECT));
  const places = new Map<string, Position>();
  let [left, top, rowHeight] = [0, 0, 0];
  for (const part of parts) {
    if (left > 0 && left + part.width > widest) {
      [left, top, rowHeight] = [0, top + rowHeight + PART_GAP, 0];
    }
    for (const [id, { x, y }] of part.places) places.set(id, { x: x + left, y: y + top });
    left += part.width + PART_GAP;
    rowHeight = Math.max(rowHeight, part.height);
  }
  return places;
}

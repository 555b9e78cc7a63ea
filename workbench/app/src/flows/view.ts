/** A flow as it is shown: its part of the graph, and facts about it in words. Pure. */

import type { EdgeView, GraphView, NodeView, Position, TriggerView } from "../api/types.js";
import { own } from "../json/own.js";
import { kindName } from "../parts/kind-names.js";
import { clockTime, counted } from "../parts/times.js";

export interface FlowPart {
  readonly nodes: readonly NodeView[];
  readonly edges: readonly EdgeView[];
}

/** Under this name the layout of all steps together is kept. */
export const ALL_STEPS = "*";

/** The steps of a flow and what passes between them; of all, if none is named. */
export function partOf(graph: GraphView, flow: string | undefined): FlowPart {
  if (flow === undefined) return graph;
  const steps = new Set(graph.flows.find(({ name }) => name === flow)?.steps);
  return {
    nodes: graph.nodes.filter(({ id }) => steps.has(id)),
    edges: graph.edges.filter(({ source, target }) => steps.has(source) && steps.has(target)),
  };
}

/** What sets a step off, in the fewest words that its icon leaves to say. */
export function triggerText(trigger: TriggerView): string {
  return trigger.topic ?? trigger.expression ?? trigger.label;
}

export function subtitleOf(node: NodeView): string {
  const [first, ...others] = node.triggers;
  if (node.isMissing) return node.file;
  if (first === undefined) return node.description || "stands in the graph only";
  return others.length === 0 ? triggerText(first) : `${triggerText(first)} +${others.length}`;
}

/** What is wrong with a node's file, and what answers in its place. */
export function failureText({ failure }: NodeView): string {
  if (failure === null) return "";
  const place = failure.line === null ? "Does not load" : `Line ${failure.line} does not load`;
  return failure.servedSince === null ? place : `${place}, still serving the version from ${clockTime(failure.servedSince)}`;
}

/** One line for each node, for those who cannot see the graph. */
export function outlineOf(node: NodeView, edges: readonly EdgeView[]): string {
  const going = edges
    .filter(({ source }) => source === node.id)
    .map(({ topic, target, isVirtual }) => `${topic} to ${target}${isVirtual ? " (not by code)" : ""}`);
  const parts = [
    `${node.title}, ${kindName(node)}${node.triggers.length > 0 ? `: ${node.triggers.map((trigger) => trigger.label).join(", ")}` : ""}`,
    `${counted(node.runs, "run")}${node.errors > 0 ? `, ${node.errors} failed` : ""}`,
    going.length > 0 ? `emits ${going.join(", ")}` : "",
    failureText(node),
  ];
  return parts.filter((part) => part !== "").join(". ");
}

/** Edges between the same two steps lie beside each other: which lane each has, 0 in the middle. */
export function lanesOf(edges: readonly EdgeView[]): ReadonlyMap<string, number> {
  const pairs = new Map<string, EdgeView[]>();
  for (const edge of edges) {
    const pair = [edge.source, edge.target].sort().join("\n");
    pairs.set(pair, [...(pairs.get(pair) ?? []), edge]);
  }
  const lanes = new Map<string, number>();
  for (const pair of pairs.values()) pair.forEach(({ id }, index) => lanes.set(id, index - (pair.length - 1) / 2));
  return lanes;
}

/** What decides where nodes stand: while it is the same, they stay. */
export function shapeOf({ nodes, edges }: FlowPart): string {
  return JSON.stringify([nodes.map(({ id }) => id), edges.map(({ source, target }) => [source, target])]);
}

export function placesWith(places: ReadonlyMap<string, Position>, pinned: Readonly<Record<string, Position>>): ReadonlyMap<string, Position> {
  return new Map([...places].map(([id, place]) => [id, own(pinned, id) ?? place]));
}

/** Steps and topics as the drawing library wants them. Pure. */

import { Position as Side } from "@xyflow/react";
import type { EdgeView, NodeView } from "../api/types.js";
import { NODE_HEIGHT, NODE_WIDTH, type Places } from "./layout.js";
import type { Way } from "./path.js";
import type { StepNodeType } from "./step-node.js";
import type { TopicEdgeType } from "./topic-edge.js";
import { lanesOf } from "./view.js";

const HANDLE = { y: NODE_HEIGHT / 2, width: 1, height: 1 };
/** Sizes and handles are known, so edges can be drawn before anything was measured. */
const SIZE = {
  width: NODE_WIDTH,
  height: NODE_HEIGHT,
  measured: { width: NODE_WIDTH, height: NODE_HEIGHT },
  handles: [
    { ...HANDLE, type: "target" as const, position: Side.Left, x: 0 },
    { ...HANDLE, type: "source" as const, position: Side.Right, x: NODE_WIDTH },
  ],
};
/** The outline tells of edges; their drawing is nothing to read. */
const UNREAD = { "aria-hidden": true } as const;

export function nodesOf(nodes: readonly NodeView[], places: Places): StepNodeType[] {
  return nodes.map((view) => ({
    id: view.id,
    type: "step",
    position: places.get(view.id) ?? { x: 0, y: 0 },
    data: { view },
    ...SIZE,
    // The button within says what it is.
    domAttributes: { "aria-roledescription": undefined } as Record<string, undefined>,
  }));
}

export function edgesOf(edges: readonly EdgeView[]): TopicEdgeType[] {
  const lanes = lanesOf(edges);
  return edges.map((view) => ({
    id: view.id,
    type: "topic",
    source: view.source,
    target: view.target,
    data: { view, lane: lanes.get(view.id) ?? 0 },
    domAttributes: UNREAD,
  }));
}

/** The ways of one run that no step declares, told apart from those that are: drawn dotted. */
export function undeclaredEdgesOf(ways: readonly Way[]): TopicEdgeType[] {
  const plain = { label: "", isConditional: false, isVirtual: false, count: 0 };
  return edgesOf(ways.map(({ trigger, ...way }) => ({ ...way, ...plain, topic: wordsOf(trigger) }))).map((edge) => ({
    ...edge,
    className: "is-undeclared",
  }));
}

/** `stream(orders)` as `stream orders`. */
function wordsOf(trigger: string): string {
  return trigger.replace("(", " ").replace(/\)$/, "");
}

/** The graph itself: nodes where the layout puts them, moved by hand, walked by arrow keys. */

import {
  Background,
  BackgroundVariant,
  MiniMap,
  ReactFlow,
  useNodesState,
  useReactFlow,
  useStore,
  getViewportForBounds,
  type NodeTypes,
  type ReactFlowInstance,
} from "@xyflow/react";
import { useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import type { Position } from "../api/types.js";
import { kindOf } from "../parts/kinds.js";
import { NARROW, useMedia } from "../parts/media.js";
import { edgesOf, nodesOf, undeclaredEdgesOf } from "./elements.js";
import "./graph.css";
import { NODE_HEIGHT, NODE_WIDTH, type Places } from "./layout.js";
import { useLit } from "./lit.js";
import { neighbour } from "./neighbours.js";
import { READABLE_ZOOM } from "./readable.js";
import { StepNode, type StepNodeType } from "./step-node.js";
import { TopicEdge, type TopicEdgeType } from "./topic-edge.js";
import type { FlowPart } from "./view.js";

const NODE_TYPES: NodeTypes = { step: StepNode };
const EDGE_TYPES = { topic: TopicEdge };
/** So many are drawn at once; of more, only those in sight. */
const FEW = 150;
/** Smaller than this, nothing but names can be read. */
const FIRST_ZOOM = 0.5;
const MARGIN_PX = 32;
export const FIT = { padding: 0.08, maxZoom: 1.1 } as const;

type Instance = ReactFlowInstance<StepNodeType, TopicEdgeType>;

interface CanvasProps {
  readonly part: FlowPart;
  readonly places: Places;
  /** Something stands at the foot of the graph: the rest makes room. */
  readonly hasBar: boolean;
  readonly onOpen: (step: string | null) => void;
  readonly onMove: (step: string, place: Position) => void;
  readonly children: ReactNode;
}

export function Canvas({ part, places, hasBar, onOpen, onMove, children }: CanvasProps): ReactNode {
  const placed = useMemo(() => nodesOf(part.nodes, places), [part.nodes, places]);
  const undeclared = useLit((lit) => lit.undeclared);
  const declared = useMemo(() => edgesOf(part.edges), [part.edges]);
  const edges = useMemo(() => {
    const drawn = undeclared.filter(({ source, target }) => places.has(source) && places.has(target));
    return drawn.length === 0 ? declared : [...declared, ...undeclaredEdgesOf(drawn)];
  }, [declared, undeclared, places]);
  // Held here while they are dragged; whatever else changes them comes from above.
  const [nodes, setNodes, onNodesChange] = useNodesState<StepNodeType>(placed);
  useEffect(() => setNodes(placed), [placed, setNodes]);
  useTabStop(places);
  const onKeyDown = useArrowKeys(places, onOpen);
  const isNarrow = useMedia(NARROW);
  const frame = useRef<HTMLDivElement>(null);
  const show = (graph: Instance): void => {
    if (frame.current !== null) showFirst(graph, frame.current.clientWidth, frame.current.clientHeight);
  };
  return (
    // The keys are those of the nodes within, which are buttons.
    <div ref={frame} className="graph relative min-w-0 grow" data-bar={hasBar} onKeyDown={onKeyDown}>
      <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={onNodesChange}
          onNodeClick={(_, node) => onOpen(node.id)}
          onNodeDragStop={(_, node) => onMove(node.id, node.position)}
          onPaneClick={() => onOpen(null)}
          nodeDragThreshold={4}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          onlyRenderVisibleElements={nodes.length > FEW}
          onInit={show}
          minZoom={0.04}
          maxZoom={2}
          aria-label="Graph of the flow"
        >
          <Background variant={BackgroundVariant.Dots} gap={22} size={2.2} color="var(--dots)" />
          {!isNarrow && (
            <MiniMap<StepNodeType>
              pannable
              zoomable
              ariaLabel="Map of the graph"
              nodeColor={({ data }) => (data.view.failure === null ? kindOf(data.view).colour : "var(--bad)")}
              nodeBorderRadius={24}
              maskColor="color-mix(in oklab, var(--canvas) 70%, transparent)"
              style={{ width: 168, height: 108 }}
            />
          )}
        </ReactFlow>
      {children}
    </div>
  );
}

/** At first the whole graph, if it can be read then; else where it begins. */
function showFirst(graph: Instance, width: number, height: number): void {
  const bounds = graph.getNodesBounds(graph.getNodes());
  const { zoom } = getViewportForBounds(bounds, width, height, 0.01, FIT.maxZoom, FIT.padding);
  if (zoom >= FIRST_ZOOM) {
    void graph.fitView(FIT);
    return;
  }
  const y = height / 2 - (bounds.y + bounds.height / 2) * FIRST_ZOOM;
  void graph.setViewport({ x: MARGIN_PX - bounds.x * FIRST_ZOOM, y: Math.max(y, MARGIN_PX * 2), zoom: FIRST_ZOOM });
}

/** Tab leads to one node: the one that was last used, else the first. */
function useTabStop(places: Places): void {
  useEffect(() => {
    const { tabStop } = useLit.getState();
    if (tabStop !== null && places.has(tabStop)) return;
    const [first] = [...places].sort(([, one], [, other]) => one.x - other.x || one.y - other.y);
    useLit.setState({ tabStop: first?.[0] ?? null });
  }, [places]);
}

function useArrowKeys(places: Places, onOpen: (step: string | null) => void): (event: KeyboardEvent<HTMLElement>) => void {
  const reveal = useReveal(places);
  const canvas = useRef<HTMLElement | null>(null);
  return (event) => {
    const step = (event.target as HTMLElement).dataset["step"];
    if (event.key === "Escape") onOpen(null);
    if (step === undefined) return;
    const next = neighbour(places, step, event.key);
    if (next === null) return;
    event.preventDefault();
    canvas.current = event.currentTarget;
    useLit.setState({ tabStop: next });
    reveal(next);
    // One that was out of sight is drawn first.
    setTimeout(() => focusNode(canvas.current, next), 60);
  };
}

export function focusNode(within: ParentNode | null, step: string): void {
  within?.querySelector<HTMLElement>(`[data-step="${CSS.escape(step)}"]`)?.focus({ preventScroll: true });
}

/** Brings a node into sight, if it is not. */
export function useReveal(places: Places): (step: string, isAlways?: boolean) => void {
  const { getViewport, setCenter } = useReactFlow();
  const width = useStore((store) => store.width);
  const height = useStore((store) => store.height);
  return (step, isAlways = false) => {
    const place = places.get(step);
    if (place === undefined) return;
    const { x, y, zoom } = getViewport();
    const left = place.x * zoom + x;
    const top = place.y * zoom + y;
    const isSeen = left >= 0 && top >= 0 && left + NODE_WIDTH * zoom <= width && top + NODE_HEIGHT * zoom <= height;
    if (isSeen && !isAlways) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    void setCenter(place.x + NODE_WIDTH / 2, place.y + NODE_HEIGHT / 2, {
      zoom: Math.max(zoom, isAlways ? 0.8 : READABLE_ZOOM),
      duration: isStill ? 0 : 250,
    });
  };
}


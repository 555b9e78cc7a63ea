/** The graph itself: nodes where the layout puts them, moved by hand, walked by arrow keys. */

import {
  Background,
  BackgroundVariant,
  MiniMap,
  ReactFlow,
  useNodesState,
  useReactFlow,
  useStoreApi,
  getViewportForBounds,
  type NodeTypes,
  type OnNodesChange,
  type ReactFlowInstance,
  type Viewport,
} from "@xyflow/react";
import { useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode, type RefObject } from "react";
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
/** On a phone, held in the hand, letters are smaller still. */
const NARROW_PX = 500;
const NARROW_FIRST_ZOOM = 0.72;
const MARGIN_PX = 32;
/** After the nodes that came stand where they belong. */
const DRAWN_MS = 30;
/** Above the graph and below it: room for the toolbars that stand over it. */
const BAR_PX = 68;
export const FIT = { padding: { x: 0.08, y: `${BAR_PX}px` }, maxZoom: 1.1 } as const;

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
  const { nodes, edges, onNodesChange } = useGraph(part, places);
  useTabStop(places);
  const onKeyDown = useArrowKeys(places, onOpen);
  const isNarrow = useMedia(NARROW);
  const frame = useRef<HTMLDivElement>(null);
  const show = useFitted(frame, places);
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
        {!isNarrow && <Overview />}
      </ReactFlow>
      {children}
    </div>
  );
}

interface Drawn {
  readonly nodes: StepNodeType[];
  readonly edges: TopicEdgeType[];
  readonly onNodesChange: OnNodesChange<StepNodeType>;
}

/** What is drawn. Where nodes are is held here while one is dragged; all else comes from above. */
function useGraph(part: FlowPart, places: Places): Drawn {
  const placed = useMemo(() => nodesOf(part.nodes, places), [part.nodes, places]);
  const [nodes, setNodes, onNodesChange] = useNodesState<StepNodeType>(placed);
  useEffect(() => {
    setNodes((current) => {
      const held = current.find(({ dragging }) => dragging === true);
      if (held === undefined) return placed;
      return placed.map((node) => (node.id === held.id ? { ...node, position: held.position, dragging: true } : node));
    });
  }, [placed, setNodes]);
  const undeclared = useLit((lit) => lit.undeclared);
  const declared = useMemo(() => edgesOf(part.edges), [part.edges]);
  const edges = useMemo(() => {
    const drawn = undeclared.filter(({ source, target }) => places.has(source) && places.has(target));
    return drawn.length === 0 ? declared : [...declared, ...undeclaredEdgesOf(drawn)];
  }, [declared, undeclared, places]);
  return { nodes, edges, onNodesChange };
}

function Overview(): ReactNode {
  return (
    <MiniMap<StepNodeType>
      pannable
      zoomable
      ariaLabel="Map of the graph"
      nodeColor={({ data }) => (data.view.failure === null ? kindOf(data.view).colour : "var(--bad)")}
      nodeBorderRadius={24}
      maskColor="color-mix(in oklab, var(--canvas) 70%, transparent)"
      style={{ width: 168, height: 108 }}
    />
  );
}

/** Shows the graph at first, and again when steps are added, as long as nobody has moved the view. */
function useFitted(frame: RefObject<HTMLElement | null>, places: Places): (graph: Instance) => void {
  const graph = useRef<Instance>(undefined);
  const fitted = useRef<Viewport>(undefined);
  const known = useRef(places);
  const show = async (shown: Instance): Promise<void> => {
    graph.current = shown;
    if (frame.current === null) return;
    await showFirst(shown, frame.current.clientWidth, frame.current.clientHeight);
    fitted.current = shown.getViewport();
  };
  useEffect(() => {
    const hasMore = [...places.keys()].some((step) => !known.current.has(step));
    known.current = places;
    if (!hasMore || graph.current === undefined || !isSame(graph.current.getViewport(), fitted.current)) return;
    const timer = setTimeout(() => graph.current !== undefined && void show(graph.current), DRAWN_MS);
    return () => clearTimeout(timer);
  }, [places]);
  return (shown) => void show(shown);
}

function isSame(one: Viewport, other: Viewport | undefined): boolean {
  return one.x === other?.x && one.y === other.y && one.zoom === other.zoom;
}

/** The whole graph, if it can be read then; else where it begins. */
async function showFirst(graph: Instance, width: number, height: number): Promise<void> {
  const bounds = graph.getNodesBounds(graph.getNodes());
  const { zoom } = getViewportForBounds(bounds, width, height, 0.01, FIT.maxZoom, FIT.padding);
  const readable = width < NARROW_PX ? NARROW_FIRST_ZOOM : FIRST_ZOOM;
  if (zoom >= readable) {
    await graph.fitView(FIT);
    return;
  }
  const top = Math.max(BAR_PX, (height - bounds.height * readable) / 2);
  await graph.setViewport({ x: MARGIN_PX - bounds.x * readable, y: top - bounds.y * readable, zoom: readable });
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
  const store = useStoreApi();
  return (step, isAlways = false) => {
    const place = places.get(step);
    if (place === undefined) return;
    // As large as the graph is now: a panel may have opened beside it.
    const { width, height } = store.getState();
    const { x, y, zoom } = getViewport();
    const left = place.x * zoom + x;
    const top = place.y * zoom + y;
    const isSeen = left >= 0 && top >= BAR_PX && left + NODE_WIDTH * zoom <= width && top + NODE_HEIGHT * zoom <= height;
    if (isSeen && !isAlways) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    void setCenter(place.x + NODE_WIDTH / 2, place.y + NODE_HEIGHT / 2, {
      zoom: Math.max(zoom, isAlways ? 0.8 : READABLE_ZOOM),
      duration: isStill ? 0 : 250,
    });
  };
}


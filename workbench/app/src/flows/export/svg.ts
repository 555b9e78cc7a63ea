/** A flow as an SVG that stands alone: nothing in it is fetched, and nothing runs. Pure. */

import { markup } from "../../parts/markup.js";
import { NODE_HEIGHT, NODE_WIDTH } from "../layout.js";
import type { Look, Picture } from "./picture.js";
import { drawnEdge } from "./svg-edge.js";
import { SANS, drawnStep } from "./svg-step.js";

const MARGIN = 32;

export interface Drawing {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export function svgOf(picture: Picture, look: Look): Drawing {
  const edges = picture.edges.map((edge) => drawnEdge(picture, edge, look)).filter((edge) => edge !== null);
  const steps = picture.nodes.map((node) => drawnStep(picture, node, look));
  const { left, top, width, height } = boxOf(picture, edges.map(({ path }) => path));
  // Labels over all lines, steps over all.
  const { source } = markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}" role="img" font-family="${SANS}">
<title>${picture.title}</title>
<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${look.colours.canvas}"/>
${edges.map(({ line }) => line)}${edges.map(({ label }) => label)}${steps}</svg>
`;
  return { text: source, width, height };
}

/** Around all steps and edges: a curve never leaves the hull of the points that draw it. */
function boxOf({ places }: Picture, paths: readonly string[]): Box {
  const curves = paths.flatMap((path) => [...path.matchAll(/(-?[\d.]+)[, ](-?[\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) })));
  const corners = [...places.values()].flatMap(({ x, y }) => [{ x, y }, { x: x + NODE_WIDTH, y: y + NODE_HEIGHT }]);
  const points = corners.length === 0 ? [{ x: 0, y: 0 }] : [...corners, ...curves];
  const left = Math.floor(Math.min(...points.map(({ x }) => x))) - MARGIN;
  const top = Math.floor(Math.min(...points.map(({ y }) => y))) - MARGIN;
  const right = Math.ceil(Math.max(...points.map(({ x }) => x))) + MARGIN;
  const bottom = Math.ceil(Math.max(...points.map(({ y }) => y))) + MARGIN;
  return { left, top, width: right - left, height: bottom - top };
}

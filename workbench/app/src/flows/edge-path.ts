/** The line of an edge: from side to side to the right, else from below to above, or the other way. Pure. */

import { getBezierPath, Position as Side } from "@xyflow/react";
import { NODE_HEIGHT, NODE_WIDTH } from "./layout.js";

/** Where the handles are: at the right of the source, at the left of the target. */
interface Ends {
  readonly sourceX: number;
  readonly sourceY: number;
  readonly targetX: number;
  readonly targetY: number;
}

interface Line {
  readonly path: string;
  /** The arrow at its end. */
  readonly arrow: string;
  readonly labelX: number;
  readonly labelY: number;
  /** So wide may the label be. */
  readonly labelWidth: number;
}

const ARROW_PX = 8;
const HALF_ARROW_PX = 4.5;
const NARROWEST_LABEL_PX = 128;
/** Between two edges of the same steps: their labels must not cover each other. */
const LANE_PX = 30;

export function lineOf(ends: Ends, lane: number): Line {
  const leadsBack = ends.targetX <= ends.sourceX;
  const hasRoom = Math.abs(ends.targetY - ends.sourceY) > NODE_HEIGHT + 2 * ARROW_PX;
  return leadsBack && hasRoom ? upright(ends, lane) : level(ends, lane);
}

function level({ sourceX, sourceY, targetX, targetY }: Ends, lane: number): Line {
  const shift = (lane * LANE_PX) / 2;
  const y = targetY + shift;
  const [path, labelX, labelY] = getBezierPath({
    sourceX,
    sourceY: sourceY + shift,
    sourcePosition: Side.Right,
    targetX: targetX - ARROW_PX,
    targetY: y,
    targetPosition: Side.Left,
  });
  const arrow = `M${targetX},${y} l-${ARROW_PX + 1},-${HALF_ARROW_PX} v${2 * HALF_ARROW_PX} z`;
  const labelWidth = Math.max(NARROWEST_LABEL_PX, targetX - sourceX - 2 * ARROW_PX);
  return { path, arrow, labelX, labelY: labelY + shift, labelWidth };
}

function upright({ sourceX, sourceY, targetX, targetY }: Ends, lane: number): Line {
  const down = targetY > sourceY ? 1 : -1;
  const shift = lane * LANE_PX;
  const x = targetX + NODE_WIDTH / 2 + shift;
  const y = targetY - (down * NODE_HEIGHT) / 2;
  const [path, labelX, labelY] = getBezierPath({
    sourceX: sourceX - NODE_WIDTH / 2 + shift,
    sourceY: sourceY + (down * NODE_HEIGHT) / 2,
    sourcePosition: down > 0 ? Side.Bottom : Side.Top,
    targetX: x,
    targetY: y - down * ARROW_PX,
    targetPosition: down > 0 ? Side.Top : Side.Bottom,
  });
  const arrow = `M${x},${y} l-${HALF_ARROW_PX},${-down * (ARROW_PX + 1)} h${2 * HALF_ARROW_PX} z`;
  return { path, arrow, labelX, labelY, labelWidth: NODE_WIDTH };
}

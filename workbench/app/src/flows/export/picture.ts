/** A flow as it is taken away: what is drawn of it, and what its pictures say of each step. Pure. */

import type { EdgeView, NodeView } from "../../api/types.js";
import type { NodeKind } from "../../api/words.js";
import { kindName } from "../../parts/kind-names.js";
import { clockTime, duration } from "../../parts/times.js";
import type { Places } from "../layout.js";
import { outcomeOf, type EdgeOnPath, type StepOnPath, type TracePath } from "../path.js";

export interface Picture {
  readonly title: string;
  readonly nodes: readonly NodeView[];
  readonly edges: readonly DrawnEdge[];
  readonly places: Places;
  /** That of the chosen run. */
  readonly path: TracePath | null;
}

export interface DrawnEdge {
  readonly view: EdgeView;
  readonly lane: number;
  /** The chosen run went this way, and no step declares it. */
  readonly isUndeclared: boolean;
}

/** What a colour is for: the names of the page's own, in styles.css. */
export const COLOURS = [
  "canvas", "card", "line", "strong-line", "text", "soft", "accent", "on-accent", "bad", "good", "page",
  "kind-api", "kind-event", "kind-cron", "kind-noop", "kind-stream", "kind-state", "kind-socket",
] as const;
export type Colour = (typeof COLOURS)[number];

/** How the page looks now: each colour as `#rrggbb`, each kind's icon as the inside of an SVG of 24 by 24. */
export interface Look {
  readonly colours: Readonly<Record<Colour, string>>;
  readonly icons: Readonly<Record<NodeKind | "missing", string>>;
}

export function colourOf(node: NodeView): Colour {
  return node.isMissing ? "bad" : `kind-${node.kind}`;
}

/** On the path; where none leads over it, its file counts. */
export function hasFailed(node: NodeView, onPath: StepOnPath | undefined): boolean {
  return onPath === undefined ? node.failure !== null : outcomeOf(onPath) === "error";
}

export function isDim({ path }: Picture, on: StepOnPath | EdgeOnPath | undefined): boolean {
  return path !== null && on === undefined;
}

/** The last line of a step: how it ran on the path, what is wrong with its file, or what it is. */
export function footOf(node: NodeView, onPath: StepOnPath | undefined): string {
  if (onPath !== undefined) {
    const { runs, errors, running, milliseconds } = onPath;
    const parts = [running > 0 ? "running" : duration(milliseconds), runs > 1 ? `${runs} runs` : "", errors > 0 ? `${errors} failed` : ""];
    return parts.filter((part) => part !== "").join(", ");
  }
  if (node.failure === null) return kindName(node);
  return node.failure.servedSince === null ? "never loaded" : `broken, serving ${clockTime(node.failure.servedSince)}`;
}

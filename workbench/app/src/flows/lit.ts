/**
 * What is lit on the graph: the open node, the path of the chosen run, the node that the keyboard is on.
 * A store of its own, so that only the nodes that it concerns are drawn again.
 */

import { create } from "zustand";
import type { TracePath, Way } from "./path.js";

interface Lit {
  readonly open: string | null;
  readonly path: TracePath | null;
  /** Ways of the chosen run that no step declares: they are drawn while it is chosen. */
  readonly undeclared: readonly Way[];
  /** The one node that Tab leads to. */
  readonly tabStop: string | null;
}

const NONE: readonly Way[] = [];

export const useLit = create<Lit>(() => ({ open: null, path: null, undeclared: NONE, tabStop: null }));

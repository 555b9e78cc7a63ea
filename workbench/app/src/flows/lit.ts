/**
 * What is lit on the graph: the open node, the path of the chosen run, the node that the keyboard is on.
 * A store of its own, so that only the nodes that it concerns are drawn again.
 */

import { create } from "zustand";
import type { TracePath } from "./path.js";

interface Lit {
  readonly open: string | null;
  readonly path: TracePath | null;
  /** The one node that Tab leads to. */
  readonly tabStop: string | null;
}

export const useLit = create<Lit>(() => ({ open: null, path: null, tabStop: null }));

/** What the palette finds: one thing to go to or to do. */

import type { Kind } from "../parts/kinds.js";

/** In the order in which they are shown while nothing is typed. */
export const GROUPS = [
  "Here", "Screens", "Actions", "Steps", "Flows", "Endpoints", "Topics", "Streams", "State", "Schedules", "Traces", "Problems",
] as const;

export interface Entry {
  /** Of this entry alone, and the same tomorrow: `step:Greet`. What is led to bears it too. */
  readonly id: string;
  readonly group: (typeof GROUPS)[number];
  readonly name: string;
  /** A few words beside the name. */
  readonly note?: string;
  /** What else it is found by. */
  readonly keywords: readonly string[];
  readonly icon: Kind;
  /** The key that does the same, as in the table of keys. */
  readonly press?: string;
  /** Gone soon, or of this place only: not remembered among the recent ones. */
  readonly isPassing?: true;
  readonly act: () => void;
}

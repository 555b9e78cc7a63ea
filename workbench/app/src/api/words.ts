/** Names for what the contract says in place. */

import type { NodeView, RunView } from "./types.js";

export type RunStatus = RunView["status"];
/** How a run went, as people are told: one that answered 4xx did not do what it was asked. */
export type Standing = RunStatus | "refused";
export type NodeKind = NodeView["kind"];

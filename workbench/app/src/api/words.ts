/** Names for what the contract says in place. */

import type { NodeView, RunView } from "./types.js";

export type RunStatus = RunView["status"];
export type NodeKind = NodeView["kind"];

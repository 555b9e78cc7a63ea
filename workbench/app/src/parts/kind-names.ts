/** The kinds of steps in words. */

import type { NodeView } from "../api/types.js";
import type { NodeKind } from "../api/words.js";

const NAMES: Readonly<Record<NodeKind, string>> = {
  api: "API step",
  event: "event step",
  cron: "cron step",
  noop: "noop step",
  stream: "stream step",
  state: "state step",
  socket: "socket step",
};

export function kindName({ kind, isMissing }: Pick<NodeView, "kind" | "isMissing">): string {
  return isMissing ? "file that does not load" : NAMES[kind];
}

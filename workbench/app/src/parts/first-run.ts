/** How to make the first run, for who has none. Pure. */

import type { NodeView } from "../api/types.js";

/** A command that asks the first route of these; null if they have none. */
export function firstRun(nodes: readonly NodeView[], baseUrl: string): string | null {
  const route = nodes.flatMap(({ triggers }) => triggers).find(({ type }) => type === "http");
  if (route === undefined) return null;
  return `curl ${route.method === "GET" ? "" : `-X ${route.method} `}${baseUrl}${route.path}`;
}

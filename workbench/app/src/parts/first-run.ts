/** How to make the first run, for who has none. Pure. */

import type { NodeView, TriggerView } from "../api/types.js";

/** The route to ask first: one that needs nothing filled into its path, if there is one; null if there is no route. */
export function firstRoute(nodes: readonly NodeView[]): TriggerView | null {
  const routes = nodes.flatMap(({ triggers }) => triggers).filter(({ type }) => type === "http");
  return routes.find(({ path }) => !/[:*]/.test(path ?? "")) ?? routes[0] ?? null;
}

/** A command that asks the first route of these; null if they have none. */
export function firstRun(nodes: readonly NodeView[], baseUrl: string): string | null {
  const route = firstRoute(nodes);
  if (route === null) return null;
  return `curl ${route.method === "GET" ? "" : `-X ${route.method} `}${baseUrl}${route.path}`;
}

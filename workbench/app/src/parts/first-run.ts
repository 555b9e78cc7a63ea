/** How to make the first run, for who has none. Pure. */

import type { NodeView, TriggerView } from "../api/types.js";

/** The route to ask first: one that needs nothing filled into its path, if there is one; null if there is no route. */
export function firstRoute(nodes: readonly NodeView[]): TriggerView | null {
  const routes = routesOf(nodes);
  return routes.find(isPlain) ?? routes[0] ?? null;
}

/** A command that asks one of these, without a body if there is one that takes none; null if they have no route. */
export function firstRun(nodes: readonly NodeView[], baseUrl: string): string | null {
  const route = routesOf(nodes).find((each) => each.method === "GET" && isPlain(each)) ?? firstRoute(nodes);
  if (route === null) return null;
  return `curl ${route.method === "GET" ? "" : `-X ${route.method} `}${baseUrl}${route.path}`;
}

function routesOf(nodes: readonly NodeView[]): readonly TriggerView[] {
  return nodes.flatMap(({ triggers }) => triggers).filter(({ type }) => type === "http");
}

function isPlain({ path }: TriggerView): boolean {
  return !/[:*]/.test(path ?? "");
}

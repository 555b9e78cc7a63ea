/** The addresses of all screens. Whatever is chosen on a screen stands in its address, with a type. */

import type { QueryClient } from "@tanstack/react-query";
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { BASE } from "./api/rest.js";
import { ScreenFailed } from "./shell/screen-failed.js";
import { Nowhere } from "./shell/nowhere.js";
import { Shell } from "./shell/shell.js";

const root = createRootRoute({ component: Shell, notFoundComponent: Nowhere });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/flows/{-$flow}", replace: true });
  },
});

export interface FlowSearch {
  /** The node that is open. */
  readonly step?: string;
  /** The trace whose path is lit. */
  readonly run?: string;
  /** What is shown of the open node; its overview, if nothing is said. */
  readonly tab?: string;
}

/** Without a flow: all steps. */
const flows = createRoute({
  getParentRoute: () => root,
  path: "/flows/{-$flow}",
  validateSearch: (search): FlowSearch => texts(search, "step", "run", "tab"),
  component: lazyRouteComponent(() => import("./flows/screen.js"), "FlowsScreen"),
});

const routes = root.addChildren([home, flows]);

export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    basepath: BASE,
    context: { queries },
    defaultErrorComponent: ScreenFailed,
    scrollRestoration: false,
    // Names of steps and runs stand in addresses as they are, not as JSON.
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(texts(search, ...Object.keys(search)) as Record<string, string>).toString();
      return text === "" ? "" : `?${text}`;
    },
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

/** Those of the keys that are texts; what else stands in an address is ignored. */
function texts<Key extends string>(search: Readonly<Record<string, unknown>>, ...keys: readonly Key[]): { [key in Key]?: string } {
  const found = keys.map((key) => [key, search[key]]).filter(([, value]) => typeof value === "string" && value !== "");
  return Object.fromEntries(found);
}

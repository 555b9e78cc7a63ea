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

export interface EndpointSearch {
  /** As `POST /chat`. */
  readonly endpoint?: string;
  /** Which part of its request is shown. */
  readonly tab?: string;
}

const endpoints = createRoute({
  getParentRoute: () => root,
  path: "/endpoints",
  validateSearch: (search): EndpointSearch => texts(search, "endpoint", "tab"),
  component: lazyRouteComponent(() => import("./endpoints/screen.js"), "EndpointsScreen"),
});

const problems = createRoute({
  getParentRoute: () => root,
  path: "/problems",
  component: lazyRouteComponent(() => import("./problems/screen.js"), "ProblemsScreen"),
});

export interface TraceSearch {
  /** The span that is open. */
  readonly span?: string | undefined;
  /** `again` to run it again; else what it did. */
  readonly tab?: string | undefined;
  /** What narrows the list; `minutes` are the last so many. */
  readonly flow?: string | undefined;
  readonly step?: string | undefined;
  readonly status?: string | undefined;
  readonly q?: string | undefined;
  readonly minutes?: string | undefined;
}

const traces = createRoute({
  getParentRoute: () => root,
  path: "/traces/{-$trace}",
  validateSearch: (search): TraceSearch => texts(search, "span", "tab", "flow", "step", "status", "q", "minutes"),
  component: lazyRouteComponent(() => import("./traces/screen.js"), "TracesScreen"),
});

export interface LogSearch {
  /** The least level. */
  readonly level?: string | undefined;
  readonly step?: string | undefined;
  readonly trace?: string | undefined;
  readonly q?: string | undefined;
  /** The number of the line that is open. */
  readonly line?: string | undefined;
}

const logs = createRoute({
  getParentRoute: () => root,
  path: "/logs",
  validateSearch: (search): LogSearch => texts(search, "level", "step", "trace", "q", "line"),
  component: lazyRouteComponent(() => import("./logs/screen.js"), "LogsScreen"),
});

export interface StoredSearch {
  /** `history`, else the value itself. */
  readonly tab?: string | undefined;
}

const state = createRoute({
  getParentRoute: () => root,
  path: "/state/{-$group}/{-$key}",
  validateSearch: (search): StoredSearch => texts(search, "tab"),
  component: lazyRouteComponent(() => import("./stored/state-screen.js"), "StateScreen"),
});

const streams = createRoute({
  getParentRoute: () => root,
  path: "/streams/{-$stream}/{-$group}/{-$id}",
  validateSearch: (search): StoredSearch => texts(search, "tab"),
  component: lazyRouteComponent(() => import("./stored/streams-screen.js"), "StreamsScreen"),
});

export interface QueueSearch {
  /** Whose dead letters are listed; all, if nothing is said. */
  readonly step?: string | undefined;
  /** The dead letter that is open. */
  readonly letter?: string | undefined;
}

const queue = createRoute({
  getParentRoute: () => root,
  path: "/queue",
  validateSearch: (search): QueueSearch => texts(search, "step", "letter"),
  component: lazyRouteComponent(() => import("./queue/screen.js"), "QueueScreen"),
});

const cron = createRoute({
  getParentRoute: () => root,
  path: "/cron",
  component: lazyRouteComponent(() => import("./cron/screen.js"), "CronScreen"),
});

export interface EventSearch {
  /** The topic that is open. */
  readonly topic?: string | undefined;
}

const events = createRoute({
  getParentRoute: () => root,
  path: "/events",
  validateSearch: (search): EventSearch => texts(search, "topic"),
  component: lazyRouteComponent(() => import("./events/screen.js"), "EventsScreen"),
});

const routes = root.addChildren([home, flows, endpoints, traces, logs, state, streams, queue, cron, events, problems]);

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

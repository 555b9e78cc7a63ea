/** What the server answers when it is asked: one query for each address. The live socket says when to ask again. */

import { QueryClient, queryOptions } from "@tanstack/react-query";
import type {
  EndpointsView,
  GraphView,
  LogsView,
  Position,
  ProblemsView,
  ProjectView,
  StepView,
  TracesView,
  TraceView,
} from "./types.js";

/** Where the page lives, with a slash at its end. */
export const BASE = import.meta.env.BASE_URL;
export const API = `${BASE}api`;

/** The server said no, or did not answer (`status` 0). The text is for people. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** Ask once. Raises ApiError. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${API}${path}`, init).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached");
  });
  if (!answer.ok) throw new ApiError(answer.status, await reasonOf(answer));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

// As `ask`, for what changes something.

export function post<T>(path: string, body: unknown = {}): Promise<T> {
  return ask(path, { method: "POST", headers: JSON_BODY, body: JSON.stringify(body) });
}

export function put(path: string, body: unknown): Promise<void> {
  return ask(path, { method: "PUT", headers: JSON_BODY, body: JSON.stringify(body) });
}

export function remove(path: string): Promise<void> {
  return ask(path, { method: "DELETE", headers: JSON_BODY });
}

const JSON_BODY = { "Content-Type": "application/json" };

/** A name as a part of an address: it may hold slashes. */
export const part = encodeURIComponent;

async function reasonOf(answer: Response): Promise<string> {
  const said: unknown = await answer.json().catch(() => null);
  const error = typeof said === "object" && said !== null && "error" in said ? said.error : null;
  return typeof error === "string" ? error : `The server answered ${answer.status}`;
}

export function query<T>(key: readonly string[], path: string) {
  return queryOptions({ queryKey: key, queryFn: ({ signal }) => ask<T>(path, { signal }) });
}

export const projectQuery = query<ProjectView>(["project"], "/project");
export const graphQuery = query<GraphView>(["graph"], "/graph");
export const endpointsQuery = query<EndpointsView>(["endpoints"], "/endpoints");
export const problemsQuery = query<ProblemsView>(["problems"], "/problems");
export const tracesQuery = query<TracesView>(["traces"], "/traces?limit=100");
/** All that the server tells. */
export const allTracesQuery = query<TracesView>(["traces", "all"], "/traces?limit=500");
export const stepQuery = (name: string) => query<StepView>(["step", name], `/steps/${part(name)}`);
export const traceQuery = (id: string) => query<TraceView>(["trace", id], `/traces/${part(id)}`);
/** The log lines of a trace; asked for again with it. */
export const traceLogsQuery = (id: string) => query<LogsView>(["trace", id, "logs"], `/logs?trace=${part(id)}&limit=1000`);

/** What a reload of the project can change. */
export const PROJECT_KEYS = ["project", "graph", "endpoints", "problems", "step", "queue", "letter", "cron", "topics", "stored", "input"] as const;

/** What each run changes. */
export const RUN_KEYS = ["traces", "trace", "queue", "cron", "effects"] as const;

/** Write the pinned nodes of a flow into the project, for all who work on it. */
export function saveLayout(flow: string, pinned: Readonly<Record<string, Position>>): Promise<void> {
  return put(`/layout/${part(flow)}`, pinned);
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // Told when something changes, so nothing grows old by itself.
        staleTime: Infinity,
        refetchOnWindowFocus: false,
        networkMode: "always",
        // No second attempt when the server has said no.
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status >= 400),
      },
    },
  });
}

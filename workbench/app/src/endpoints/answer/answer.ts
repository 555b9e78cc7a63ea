/** What came back for a request, so far. Data, and what it is called. Pure. */

import type { SseEvent } from "../../../../client/src/sse-parser.js";
import type { Request } from "../request/draft.js";
import { isJsonType } from "../request/draft.js";

/** How a body is shown. */
export type BodyKind = "events" | "json" | "text" | "binary" | "none";

export interface EventRow extends SseEvent {
  /** Counted from 1 over all events of the answer. */
  readonly number: number;
  /** Milliseconds since the request was sent. */
  readonly at: number;
}

export interface Head {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly kind: BodyKind;
  readonly contentType: string;
  /** Where it came from in the end, if that is another address. */
  readonly redirectedTo: string | null;
  /** Milliseconds until it came. */
  readonly after: number;
}

export interface Answer {
  readonly id: string;
  readonly request: Request;
  /** Seconds since the epoch. */
  readonly sentAt: number;
  readonly state: "waiting" | "coming" | "done" | "failed" | "cancelled";
  readonly head: Head | null;
  readonly bytes: number;
  /** Milliseconds until the end; null while it comes. */
  readonly took: number | null;
  readonly text: string;
  readonly events: readonly EventRow[];
  /** Of a binary body; null if it is none, or was too large to be kept. */
  readonly blob: Blob | null;
  /** Whether only the beginning of the body is kept. */
  readonly isCut: boolean;
  /** Why it failed, in words. */
  readonly error: string | null;
}

/** Characters of a body that are kept, and bytes of a binary one. */
export const MOST_KEPT = 32_000_000;
export const MOST_EVENTS = 5_000;

let asked = 0;

export function newAnswer(request: Request, sentAt: number): Answer {
  return {
    id: `${sentAt}-${(asked += 1)}`, request, sentAt, state: "waiting", head: null, bytes: 0, took: null, text: "", events: [], blob: null, isCut: false, error: null,
  };
}

export function isRunning(answer: Answer | undefined): boolean {
  return answer?.state === "waiting" || answer?.state === "coming";
}

export function headerOf(head: Head | null, wanted: string): string | null {
  return head?.headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
}

/** The trace that the answer belongs to. */
export function traceOf(answer: Answer): string | null {
  return headerOf(answer.head, "x-trace-id");
}

export function bodyKind(method: string, status: number, contentType: string): BodyKind {
  if (method === "HEAD" || status === 204 || status === 304) return "none";
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "text/event-stream") return "events";
  if (isJsonType(type)) return "json";
  const isText = type === "" || type.startsWith("text/") || /[/+](xml|javascript|yaml|ndjson|x-ndjson|jsonl|x-www-form-urlencoded|sql|graphql|toml|svg)$/.test(type);
  return isText ? "text" : "binary";
}

/** A name to save a body by: that of the answer, else the end of the path. */
export function fileName(answer: Answer): string {
  const given = /filename="?([^";]+)"?/i.exec(headerOf(answer.head, "content-disposition") ?? "")?.[1];
  const last = answer.request.path.split("?")[0]?.split("/").at(-1) ?? "";
  return given ?? (last === "" ? "answer" : last);
}

/** Steps, topics and runs as the server tells them, with only what a test is about said. */

import type { EdgeView, NodeView, RunView, TriggerView } from "../src/api/types.js";
import { triggerOf } from "../src/live/activity.js";

export function node(id: string, more: Partial<NodeView> = {}): NodeView {
  const plain = { kind: "event", description: "", file: `steps/${id}_step.py`, line: 1, flows: [], triggers: [] } as const;
  return { id, title: id, ...plain, failure: null, isMissing: false, runs: 0, errors: 0, ...more };
}

export function edge(source: string, target: string, topic: string, more: Partial<EdgeView> = {}): EdgeView {
  const plain = { label: "", isConditional: false, isVirtual: false, count: 0 };
  return { id: `${source}→${target}:${topic}`, source, target, topic, ...plain, ...more };
}

export function trigger(type: TriggerView["type"], label: string, more: Partial<TriggerView> = {}): TriggerView {
  const plain = { method: null, path: null, topic: null, expression: null, stream: null, event: null, namespace: null };
  return { type, key: label, label, ...plain, ...more };
}

/** A run from `from` to `until`, in milliseconds; it still runs if that is null. */
export function run(id: string, step: string, from: number, until: number | null, more: Partial<RunView> = {}): RunView {
  const plain = { traceId: "t", parentId: null, trigger: "http(POST /)", httpStatus: null, error: null, attempt: 1, marks: 0 };
  const status = until === null ? "running" : "ok";
  return { id, step, ...plain, status, startedAt: 100 + from / 1000, durationMs: until === null ? null : until - from, ...more };
}

export function handedOn(parentId: string, topic: string): Partial<RunView> {
  return { parentId, trigger: triggerOf(topic) };
}

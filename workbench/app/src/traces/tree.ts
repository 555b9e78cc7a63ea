/** The runs of a trace as a tree: who set off whom, and when. Pure; linear in their number. */

import { endOf } from "../api/runs.js";
import type { RunView, SpanView } from "../api/types.js";

export interface SpanRow {
  readonly span: SpanView;
  readonly depth: number;
  /** How many runs it set off, itself. */
  readonly children: number;
  readonly isOpen: boolean;
  /** When it was set off: its parent emitted or wrote, or the attempt before it failed. Null: not known. */
  readonly setOffAt: number | null;
}

/** Parents before their children, siblings as they began; nothing below those that are `closed`. */
export function rowsOf(spans: readonly SpanView[], closed: ReadonlySet<string>): readonly SpanRow[] {
  const children = childrenOf(spans);
  const setOff = setOffTimes(spans);
  const rows: SpanRow[] = [];
  // A stack of our own: a chain of steps may be thousands deep.
  const stack = toStack(children.get(null) ?? [], 0);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { span, depth } = next;
    const below = children.get(span.run.id) ?? [];
    const isOpen = !closed.has(span.run.id);
    rows.push({ span, depth, children: below.length, isOpen, setOffAt: setOff.get(span.run.id) ?? null });
    if (isOpen) stack.push(...toStack(below, depth + 1));
  }
  return rows;
}

function toStack(spans: readonly SpanView[], depth: number): { readonly span: SpanView; readonly depth: number }[] {
  return spans.map((span) => ({ span, depth })).reverse();
}

/** By parent; under null those whose parent is not of this trace, as with a caller that traces too. */
export function childrenOf(spans: readonly SpanView[]): ReadonlyMap<string | null, readonly SpanView[]> {
  const known = new Set(spans.map(({ run }) => run.id));
  const children = new Map<string | null, SpanView[]>();
  for (const span of [...spans].sort((one, other) => one.run.startedAt - other.run.startedAt)) {
    const { id, parentId } = span.run;
    const parent = parentId !== null && parentId !== id && known.has(parentId) ? parentId : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [span]);
    else siblings.push(span);
  }
  return children;
}

/** When each run was set off, of those of which it is known. */
export function setOffTimes(spans: readonly SpanView[]): ReadonlyMap<string, number> {
  const byId = new Map(spans.map((span) => [span.run.id, span]));
  const emits = new Map<string, readonly number[]>();
  const counts = new Map<string, number>();
  const failed = new Map<string, RunView[]>();
  const times = new Map<string, number>();
  for (const { run } of [...spans].sort((one, other) => one.run.startedAt - other.run.startedAt)) {
    const parent = run.parentId === null ? undefined : byId.get(run.parentId);
    const line = [run.parentId, run.step, run.trigger].join("\n");
    const at = run.attempt > 1 ? endOfAttempt(failed, line, run) : parent === undefined ? null : setOffBy(parent, run, line, emits, counts);
    // Clocks are read in another order than things happen: a little backwards is no wait.
    if (at !== null && at <= run.startedAt) times.set(run.id, at);
    const key = `${line}\n${run.attempt}`;
    failed.set(key, [...(failed.get(key) ?? []), run]);
  }
  return times;
}

function endOfAttempt(failed: Map<string, RunView[]>, line: string, run: RunView): number | null {
  const before = failed.get(`${line}\n${run.attempt - 1}`)?.shift();
  return before === undefined ? null : endOf(before, before.startedAt);
}

/** The nth run of a step for a topic is for the nth time its parent emitted that. */
function setOffBy(parent: SpanView, run: RunView, line: string, emits: Map<string, readonly number[]>, counts: Map<string, number>): number | null {
  const [, kind, topic] = /^(queue|state|stream)\((.*)\)$/s.exec(run.trigger) ?? [];
  if (kind === undefined) return null;
  if (kind !== "queue") return parent.marks.findLast((mark) => mark.kind === kind && mark.at <= run.startedAt)?.at ?? null;
  const key = `${parent.run.id}\n${topic}`;
  const times = emits.get(key) ?? parent.marks.filter((mark) => mark.kind === "emit" && mark.name === topic).map(({ at }) => at);
  emits.set(key, times);
  const nth = counts.get(line) ?? 0;
  counts.set(line, nth + 1);
  return times[nth] ?? null;
}

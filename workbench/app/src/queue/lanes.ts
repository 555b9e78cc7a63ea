/** Lanes by what they wait for. Pure. */

import type { LaneView } from "../api/types.js";

export interface LaneGroup {
  /** A topic, or a trigger of another kind as it is declared. */
  readonly name: string;
  readonly isTopic: boolean;
  readonly lanes: readonly LaneView[];
}

/** Null: it is no topic that sets it off. */
export function topicOf(trigger: string): string | null {
  return /^queue\((.*)\)$/s.exec(trigger)?.[1] ?? null;
}

/** In the order in which they come, topics first. */
export function groupedLanes(lanes: readonly LaneView[]): readonly LaneGroup[] {
  const groups = new Map<string, LaneView[]>();
  for (const lane of lanes) groups.set(lane.trigger, [...(groups.get(lane.trigger) ?? []), lane]);
  const all = [...groups].map(([trigger, inGroup]) => {
    const topic = topicOf(trigger);
    return { name: topic ?? trigger, isTopic: topic !== null, lanes: inGroup };
  });
  return [...all.filter(({ isTopic }) => isTopic), ...all.filter(({ isTopic }) => !isTopic)];
}

export interface LaneCounts {
  /** Those that are delayed, too. */
  readonly waiting: number;
  readonly delayed: number;
  readonly running: number;
  readonly dead: number;
}

export function summed(lanes: readonly LaneCounts[]): LaneCounts {
  const sum = (of: (lane: LaneCounts) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
  return { waiting: sum(({ waiting }) => waiting), delayed: sum(({ delayed }) => delayed), running: sum(({ running }) => running), dead: sum(({ dead }) => dead) };
}

/** What is chosen once a letter is gone: the one after it, or before it at the end. */
export function neighbourOf(ids: readonly string[], gone: string): string | undefined {
  const at = ids.indexOf(gone);
  return at < 0 ? undefined : (ids[at + 1] ?? ids[at - 1]);
}

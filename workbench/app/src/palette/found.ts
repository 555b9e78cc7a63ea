/** Which entries fit what is typed, in which order, and how many are shown. Pure. */

import { GROUPS, type Entry } from "./entry.js";

/** So many of a group are shown. */
export const MOST_SHOWN = 10;
const MOST_RECENT = 5;

export interface FoundGroup {
  readonly name: string;
  readonly entries: readonly Entry[];
  /** How many more there are. */
  readonly more: number;
}

/** While nothing is typed: the recent ones, then all; else the groups with the best finds first. `recent` are ids. */
export function found(entries: readonly Entry[], typed: string, recent: readonly string[]): readonly FoundGroup[] {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return unsought(entries, recent);
  const ranked = entries.map((entry) => ({ entry, rank: rankOf(entry, words) })).filter(({ rank }) => rank > 0);
  ranked.sort((one, other) => other.rank - one.rank);
  const best = new Map<string, number>();
  for (const { entry, rank } of ranked) best.set(entry.group, Math.max(rank, best.get(entry.group) ?? 0));
  return grouped(ranked.map(({ entry }) => entry)).sort((one, other) => (best.get(other.name) ?? 0) - (best.get(one.name) ?? 0));
}

function unsought(entries: readonly Entry[], recent: readonly string[]): readonly FoundGroup[] {
  const known = new Map(entries.map((entry) => [entry.id, entry]));
  const again = recent.flatMap((id) => known.get(id) ?? []).slice(0, MOST_RECENT);
  const others = grouped(entries.filter((entry) => !again.includes(entry)));
  return again.length === 0 ? others : [{ name: "Recent", entries: again, more: 0 }, ...others];
}

function grouped(entries: readonly Entry[]): FoundGroup[] {
  return GROUPS.flatMap((name) => {
    const within = entries.filter(({ group }) => group === name);
    const shown = within.slice(0, MOST_SHOWN);
    return within.length === 0 ? [] : [{ name, entries: shown, more: within.length - shown.length }];
  });
}

/** 0: some word is nowhere. Each counts more where it is the name, begins it, begins a word of it, or is in it. */
export function rankOf({ name, note = "", keywords }: Entry, words: readonly string[]): number {
  const lower = name.toLowerCase();
  const begun = name.split(/[^\p{L}\p{N}]+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u).map((part) => part.toLowerCase());
  const others = [note, ...keywords].join("\n").toLowerCase();
  const ranks = words.map((word): number => {
    if (lower.startsWith(word)) return lower === word ? 5 : 4;
    if (begun.some((part) => part.startsWith(word))) return 3;
    if (lower.includes(word)) return 2;
    return others.includes(word) ? 1 : 0;
  });
  return ranks.includes(0) ? 0 : ranks.reduce((sum, rank) => sum + rank, 0);
}

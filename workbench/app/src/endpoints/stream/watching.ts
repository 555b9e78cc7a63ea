/** What a person has said about the panel of streams, by endpoint: whether it is open, and what it watches. */

import { create } from "zustand";
import type { Channel } from "./channels.js";

export interface Wish {
  /** null: it opens when there is something to watch. */
  readonly isOpen: boolean | null;
  /** null: what the answer tells, whatever that is. */
  readonly channel: Channel | null;
}

const NO_WISH: Wish = { isOpen: null, channel: null };

const useWishes = create<Readonly<Record<string, Wish>>>(() => ({}));

export function useWish(endpoint: string): readonly [Wish, (change: Partial<Wish>) => void] {
  const wish = useWishes((wishes) => wishes[endpoint]) ?? NO_WISH;
  return [wish, (change) => useWishes.setState({ [endpoint]: { ...wish, ...change } })];
}

/** Every key that is heard wherever one is on a screen, and what it does. The sheet shows this table. */

import { SCREENS, type ScreenAddress } from "../screens.js";
import type { Overlay } from "../shell/overlay.js";
import { hereOf, type HereName } from "./here.js";

/** What keys act on. */
export interface Page {
  /** Something is shown over the screen, or about to be. */
  readonly isCovered: boolean;
  toggle(overlay: Overlay): void;
  go(to: ScreenAddress): void;
}

export interface Key {
  /** As `?`, `mod+k` (⌘ or Ctrl), or one after the other as `g f`. */
  readonly press: string;
  readonly group: "Anywhere" | "On this screen" | "Go to";
  /** The screen has other words for what it offers. */
  readonly name: string;
  /** Where it is heard: not while somebody writes, if nothing is said, and never over a dialog but `everywhere`. */
  readonly reach?: "in fields" | "everywhere";
  /** Offered by some screens: on others it does nothing. */
  readonly here?: HereName;
  act(page: Page): void;
}

export const KEYS: readonly Key[] = [
  { press: "mod+k", group: "Anywhere", name: "Find anything", reach: "everywhere", act: ({ toggle }) => toggle("palette") },
  { press: "?", group: "Anywhere", name: "Show all keys", act: ({ toggle }) => toggle("keys") },
  onScreen("/", "search", "Search"),
  { ...onScreen("mod+Enter", "send", "Send"), reach: "in fields" },
  ...SCREENS.map(({ to, name, letter }): Key => ({ press: `g ${letter}`, group: "Go to", name, act: ({ go }) => go(to) })),
];

function onScreen(press: string, here: HereName, name: string): Key {
  return { press, group: "On this screen", name, here, act: () => hereOf(here)?.act() };
}

/** Those that do something now, in the words of the screen. */
export function keysNow(): readonly Key[] {
  return KEYS.flatMap((key) => {
    if (key.here === undefined) return [key];
    const here = hereOf(key.here);
    return here === undefined ? [] : [{ ...key, name: here.text }];
  });
}

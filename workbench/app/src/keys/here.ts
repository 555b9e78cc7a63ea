/** What the screen that stands can do, for keys and the palette. The screen says so; this knows none. */

import { useEffect, useRef } from "react";

export type HereName = "search" | "send" | "pause" | "copyMermaid" | "saveMermaid" | "saveSvg" | "savePng";

export interface Here {
  readonly name: HereName;
  /** What it does on this screen, as `Find a step`. */
  readonly text: string;
  act(): void;
}

const given: Here[] = [];

/** Offer it while a component stands. Of two with one name the later counts. */
export function useHere(name: HereName, text: string, act: () => void): void {
  const now = useRef(act);
  now.current = act;
  useEffect(() => {
    const own: Here = { name, text, act: () => now.current() };
    given.push(own);
    return () => void given.splice(given.indexOf(own), 1);
  }, [name, text]);
}

/** One of each name. */
export function hereNow(): readonly Here[] {
  return [...new Map(given.map((each) => [each.name, each])).values()];
}

export function hereOf(name: HereName): Here | undefined {
  return hereNow().find((each) => each.name === name);
}

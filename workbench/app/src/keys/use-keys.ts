/** Hears the keys of the table on the whole page. */

import { useEffect, useRef } from "react";
import { keysNow, type Key, type Page } from "./keys.js";
import { heard, pressOf, type Begun } from "./press.js";

export function useKeys(page: Page): void {
  const now = useRef(page);
  now.current = page;
  useEffect(() => {
    let begun: Begun | null = null;
    const hear = (event: KeyboardEvent): void => {
      const press = pressOf(event);
      if (press === null) return;
      const reached = keysNow().filter((key) => isReached(key, event.target as HTMLElement, now.current.isCovered));
      const { key, begun: next } = heard(reached, begun, press, event.timeStamp);
      begun = next;
      if (key === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      key.act(now.current);
    };
    // Before the editors, which have keys of their own.
    addEventListener("keydown", hear, { capture: true });
    return () => removeEventListener("keydown", hear, { capture: true });
  }, []);
}

function isReached({ reach }: Key, target: HTMLElement, isCovered: boolean): boolean {
  if (reach === "everywhere") return true;
  if (isCovered || document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null) return false;
  return reach === "in fields" || !(target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
}

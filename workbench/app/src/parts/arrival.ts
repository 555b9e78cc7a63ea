/** Where the keyboard is after it led somewhere: on what was chosen, once that is there; until then on the screen. */

/** So long what was chosen may take to come. */
const PATIENCE_MS = 3000;

/** Of the element that stands for it: `tabIndex` and what it is found by. */
export function arrivalOf(id: string) {
  return { "data-arrival": id, tabIndex: -1 } as const;
}

export function arrive(id?: string): void {
  const screen = document.getElementById("screen");
  screen?.focus();
  if (id === undefined) return;
  const place = `[data-arrival="${CSS.escape(id)}"]`;
  const isThere = (): boolean => {
    // Who has gone on by now is not called back.
    if (document.activeElement !== screen && document.activeElement !== document.body) return true;
    const found = document.querySelector<HTMLElement>(place);
    found?.focus();
    return found !== null;
  };
  if (isThere()) return;
  const watching = new MutationObserver(() => isThere() && watching.disconnect());
  watching.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => watching.disconnect(), PATIENCE_MS);
}

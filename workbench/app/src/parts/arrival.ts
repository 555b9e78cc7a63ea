/** Where the keyboard is after it led somewhere: on what was chosen, once that is there; until then on the screen. */

/** So long what was chosen may take to come. */
const PATIENCE_MS = 10_000;
const INPUTS = ["keydown", "pointerdown"] as const;

/** Of the element that stands for it: `tabIndex` and what it is found by. */
export function arrivalOf(id: string) {
  return { "data-arrival": id, tabIndex: -1 } as const;
}

export function arrive(id?: string): void {
  const screen = document.getElementById("screen");
  screen?.focus();
  if (id === undefined) return;
  const place = `[data-arrival="${CSS.escape(id)}"]`;
  // What is drawn again while its data comes loses the focus once more.
  const settle = (): void => {
    const isNowhere = document.activeElement === screen || document.activeElement === document.body;
    if (isNowhere) document.querySelector<HTMLElement>(place)?.focus();
  };
  settle();
  const watching = new MutationObserver(settle);
  watching.observe(document.body, { childList: true, subtree: true });
  // Who has gone on by then is not called back.
  const stop = (): void => {
    watching.disconnect();
    for (const input of INPUTS) removeEventListener(input, stop, true);
  };
  for (const input of INPUTS) addEventListener(input, stop, true);
  setTimeout(stop, PATIENCE_MS);
}

/** How long ago something was, kept true: one clock for all, and only texts that change are drawn again. */

import type { ReactNode } from "react";
import { create } from "zustand";
import { ago, exactTime } from "./times.js";

const useClock = create(() => ({ now: Date.now() / 1000 }));
setInterval(() => {
  if (!document.hidden) useClock.setState({ now: Date.now() / 1000 });
}, 1000);

/** `at` is in seconds since the epoch. */
export function Ago({ at, className }: { readonly at: number; readonly className?: string }): ReactNode {
  const text = useClock(({ now }) => ago(at, now));
  return <time title={exactTime(at)} className={className}>{text}</time>;
}

/** How long ago something was, kept true: one clock for all, and only texts that change are drawn again. */

import type { ReactNode } from "react";
import { useClock } from "./now.js";
import { ago, exactTime } from "./times.js";

/** `at` is in seconds since the epoch. */
export function Ago({ at, className }: { readonly at: number; readonly className?: string }): ReactNode {
  const text = useClock(({ now }) => ago(at, now));
  return <time title={exactTime(at)} className={className}>{text}</time>;
}

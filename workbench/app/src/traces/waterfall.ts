/** Where bars stand on the line of time. Pure. A window is what of it is seen, in seconds since the epoch. */

import { endOf } from "../api/runs.js";
import type { RunView, SpanView } from "../api/types.js";
import { duration } from "../parts/times.js";

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A part of the width: 0 is the left end of what is seen, 1 the right one. */
export interface Stretch {
  readonly left: number;
  readonly width: number;
}

/** No window is shorter: half a tenth of a millisecond is what clocks tell. */
const SHORTEST_SECONDS = 0.000_05;
const MOST_ZOOM = 5_000;
/** Room at the right, for what is written behind the last bar. */
const MARGIN = 0.18;

/** From the first begin to the last end. */
export function extentOf(spans: readonly SpanView[], nowSeconds: number): Window {
  let from = Infinity;
  let to = -Infinity;
  for (const { run } of spans) {
    from = Math.min(from, run.startedAt);
    to = Math.max(to, endOf(run, nowSeconds));
  }
  if (from > to) return { from: 0, to: 1 };
  return { from, to: from + Math.max(to - from, SHORTEST_SECONDS) * (1 + MARGIN) };
}

/** What of a stretch of time is seen; null if nothing. */
export function stretchOf(from: number, to: number, window: Window): Stretch | null {
  if (to < window.from || from > window.to) return null;
  const whole = window.to - window.from;
  const left = Math.max(0, (from - window.from) / whole);
  const right = Math.min(1, (to - window.from) / whole);
  return { left, width: Math.max(0, right - left) };
}

export function barOf(run: RunView, window: Window, nowSeconds: number): Stretch | null {
  return stretchOf(run.startedAt, endOf(run, nowSeconds), window);
}

/** How often the whole is as long as what is seen. */
export function zoomOf(window: Window, extent: Window): number {
  return (extent.to - extent.from) / (window.to - window.from);
}

/** A window `factor` times as narrow; the moment `around` keeps its place on the screen. */
export function zoomed(window: Window, extent: Window, factor: number, around: number): Window {
  const length = window.to - window.from;
  const whole = extent.to - extent.from;
  const shortest = Math.max(SHORTEST_SECONDS, whole / MOST_ZOOM);
  const wanted = Math.min(whole, Math.max(Math.min(shortest, whole), length / factor));
  const share = (around - window.from) / length;
  return within({ from: around - share * wanted, to: around + (1 - share) * wanted }, extent);
}

export function panned(window: Window, extent: Window, bySeconds: number): Window {
  return within({ from: window.from + bySeconds, to: window.to + bySeconds }, extent);
}

/** A window on one run, with some room around it. */
export function windowOn(run: RunView, extent: Window, nowSeconds: number): Window {
  const end = endOf(run, nowSeconds);
  const room = Math.max((end - run.startedAt) * 0.15, SHORTEST_SECONDS);
  return within({ from: run.startedAt - room, to: end + room }, extent);
}

function within(window: Window, extent: Window): Window {
  const length = Math.min(window.to - window.from, extent.to - extent.from);
  const from = Math.min(Math.max(window.from, extent.from), extent.to - length);
  return { from, to: from + length };
}

export interface Tick {
  readonly left: number;
  readonly text: string;
}

const STEPS = [1, 2, 5, 10];

/** Round times in what is seen, at most `most` of them, told from `origin` on. */
export function ticksOf(window: Window, origin: number, most: number): readonly Tick[] {
  const length = (window.to - window.from) * 1000;
  const least = length / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = (STEPS.find((each) => each * power >= least * 0.999) ?? 10) * power;
  const first = Math.ceil(((window.from - origin) * 1000) / step - 1e-6);
  const ticks: Tick[] = [];
  for (let n = first; n * step <= (window.to - origin) * 1000; n += 1) {
    const left = (origin + (n * step) / 1000 - window.from) / (window.to - window.from);
    ticks.push({ left, text: n === 0 ? "0" : tickText(n * step, step) });
  }
  return ticks;
}

/** As `duration`, but with the digits that tell one tick from the next. */
function tickText(milliseconds: number, step: number): string {
  if (milliseconds >= 60_000) return duration(milliseconds);
  const isSeconds = milliseconds >= 1000;
  const unit = isSeconds ? 1000 : 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step / unit) + 1e-9));
  return `${(milliseconds / unit).toFixed(Math.min(digits, 4))} ${isSeconds ? "s" : "ms"}`;
}

/** Which part of a trace's time is seen. All of it, also while it grows, until a person zooms in. */

import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type RefCallback } from "react";
import type { RunView, SpanView } from "../api/types.js";
import { extentOf, panned, windowOn, zoomed, zoomOf, type Window } from "./waterfall.js";

interface Zoomed {
  readonly extent: Window;
  readonly window: Window;
  setWindow(window: Window): void;
}

export function useWindow(spans: readonly SpanView[], now: number): Zoomed {
  const [near, setNear] = useState<Window | null>(null);
  const extent = useMemo(() => extentOf(spans, now), [spans, now]);
  const setWindow = (window: Window): void => setNear(zoomOf(window, extent) <= 1.001 ? null : window);
  return { extent, window: near ?? extent, setWindow };
}

/** Of a button, or a key. */
export const ZOOM_STEP = 1.6;
/** Of what is seen, for one press of a key. */
const PAN_SHARE = 0.2;

interface ZoomActions {
  zoom(factor: number): void;
  toRun(): void;
  /** True if the key was one of these. */
  onKey(event: KeyboardEvent): boolean;
}

/** Zooming by buttons and keys: around the begin of the chosen run, if there is one. */
export function zoomActions({ extent, window, setWindow }: Zoomed, run: RunView | undefined, now: number): ZoomActions {
  const around = run === undefined ? (window.from + window.to) / 2 : Math.min(window.to, Math.max(window.from, run.startedAt));
  const zoom = (factor: number): void => setWindow(zoomed(window, extent, factor, around));
  const pan = (share: number): void => setWindow(panned(window, extent, share * (window.to - window.from)));
  const toRun = (): void => {
    if (run !== undefined) setWindow(windowOn(run, extent, now));
  };
  const actions: Readonly<Record<string, () => void>> = {
    "+": () => zoom(ZOOM_STEP),
    "=": () => zoom(ZOOM_STEP),
    "-": () => zoom(1 / ZOOM_STEP),
    "0": () => setWindow(extent),
    z: toRun,
    "Shift ArrowLeft": () => pan(-PAN_SHARE),
    "Shift ArrowRight": () => pan(PAN_SHARE),
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const act = actions[event.key.startsWith("Arrow") && event.shiftKey ? `Shift ${event.key}` : event.key];
    act?.();
    return act !== undefined;
  };
  return { zoom, toRun, onKey };
}

/** Per pixel of a wheel. */
const WHEEL_ZOOM = 0.004;

/** Ctrl and the wheel zoom around the pointer; a wheel sideways, or with Shift, moves along. */
export function useWheel(names: number, extent: Window, window: Window, setWindow: (window: Window) => void): RefCallback<HTMLElement> {
  const latest = useRef({ names, extent, window, setWindow });
  useEffect(() => {
    latest.current = { names, extent, window, setWindow };
  });
  return useCallback((element: HTMLElement | null) => {
    if (element === null) return;
    const turn = (event: WheelEvent): void => {
      const { names: left, extent: whole, window: seen, setWindow: set } = latest.current;
      const box = element.getBoundingClientRect();
      const width = Math.max(1, box.width - left);
      const length = seen.to - seen.from;
      const sideways = event.shiftKey ? event.deltaY + event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const share = Math.min(1, Math.max(0, (event.clientX - box.left - left) / width));
        set(zoomed(seen, whole, Math.exp(-event.deltaY * WHEEL_ZOOM), seen.from + share * length));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        set(panned(seen, whole, (sideways / width) * length));
      } else return;
      event.preventDefault();
    };
    // React's own listeners are passive: the page would zoom too.
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, []);
}

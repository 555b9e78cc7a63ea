/** Which part of a trace's time is seen. All of it, also while it grows, until a person zooms in. */

import { useCallback, useEffect, useMemo, useRef, useState, type RefCallback } from "react";
import type { SpanView } from "../api/types.js";
import { extentOf, panned, zoomed, zoomOf, type Window } from "./waterfall.js";

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

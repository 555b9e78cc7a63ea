/** The scale of a waterfall: its times, the lines below them, and the buttons that zoom. */

import { Maximize, Minus, Plus, ScanSearch } from "lucide-react";
import { useLayoutEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import { IconButton } from "../parts/button.js";
import { ticksOf, zoomOf, type Window } from "./waterfall.js";

/** Pixels that a time needs. */
const TICK_WIDTH = 90;

interface ScaleProps {
  readonly window: Window;
  readonly origin: number;
}

export function Axis({ window, origin }: ScaleProps): ReactNode {
  const [frame, most] = useMostTicks();
  return (
    <div ref={frame} aria-hidden className="relative h-9 min-w-0 grow overflow-hidden text-[11px] text-soft tabular-nums">
      {ticksOf(window, origin, most).filter(({ left }) => left < 1 - 0.5 / most).map(({ left, text }) => (
        <span key={text} className="absolute bottom-1 whitespace-nowrap" style={{ left: `calc(${left * 100}% + 4px)` }}>{text}</span>
      ))}
    </div>
  );
}

export function Grid({ window, origin, left }: ScaleProps & { readonly left: number }): ReactNode {
  const [frame, most] = useMostTicks();
  return (
    <div aria-hidden className="pointer-events-none absolute inset-0 overflow-hidden [scrollbar-gutter:stable]">
      <div ref={frame} className="relative h-full" style={{ marginLeft: left }}>
        {ticksOf(window, origin, most).map(({ left: at, text }) => (
          <span key={text} className="absolute inset-y-0 w-px bg-line" style={{ left: `${at * 100}%` }} />
        ))}
      </div>
    </div>
  );
}

function useMostTicks(): readonly [RefObject<HTMLDivElement | null>, number] {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    if (frame.current === null) return;
    const observer = new ResizeObserver(([entry]) => entry !== undefined && setWidth(entry.contentRect.width));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return [frame, Math.max(2, Math.floor(width / TICK_WIDTH))];
}

interface ZoomBarProps {
  readonly window: Window;
  readonly extent: Window;
  readonly stepBy: number;
  readonly hasRun: boolean;
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
  readonly onRun: () => void;
}

export function ZoomBar({ window, extent, stepBy, hasRun, onZoom, onFit, onRun }: ZoomBarProps): ReactNode {
  const zoom = zoomOf(window, extent);
  const isWhole = zoom <= 1.001;
  return (
    <div role="toolbar" aria-label="Zoom" className="flex w-full items-center gap-0.5 px-1 py-0.5">
      <IconButton label="Zoom out (−)" disabled={isWhole} onClick={() => onZoom(1 / stepBy)}><Minus size={15} aria-hidden /></IconButton>
      <IconButton label="Zoom in (+)" onClick={() => onZoom(stepBy)}><Plus size={15} aria-hidden /></IconButton>
      <IconButton label="The whole trace (0)" disabled={isWhole} onClick={onFit}><Maximize size={14} aria-hidden /></IconButton>
      <IconButton label="The chosen run (z)" disabled={!hasRun} onClick={onRun} className="max-md:hidden"><ScanSearch size={15} aria-hidden /></IconButton>
      <span className="grow px-1.5 text-right text-xs text-soft tabular-nums max-md:hidden">{zoom < 10 ? zoom.toFixed(1) : Math.round(zoom)}×</span>
    </div>
  );
}

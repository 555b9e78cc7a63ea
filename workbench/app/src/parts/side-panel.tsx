/** A panel at the right whose width a person can change, by mouse, touch or keys; Escape closes it. */

import { useState, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";

interface SidePanelProps {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const NARROWEST = 340;
const FIRST = 440;
const STEP = 24;

export function SidePanel({ label, onClose, children }: SidePanelProps): ReactNode {
  const [width, setWidth] = useState(FIRST);
  const widest = Math.max(NARROWEST, Math.round(innerWidth * 0.6));
  const set = (wanted: number): void => setWidth(Math.min(widest, Math.max(NARROWEST, wanted)));
  const drag = (event: PointerEvent): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) set(innerWidth - event.clientX);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === "ArrowLeft") set(width + STEP);
    if (event.key === "ArrowRight") set(width - STEP);
  };
  const escape = (event: KeyboardEvent): void => {
    // Menus of the panel are elsewhere in the page: they close themselves.
    if (event.key === "Escape" && event.currentTarget.contains(event.target as Node)) onClose();
  };
  return (
    <aside className="relative flex shrink-0 border-l bg-card" style={{ width }} onKeyDown={escape}>
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={`Width of ${label}`}
        aria-valuenow={width}
        aria-valuemin={NARROWEST}
        aria-valuemax={widest}
        tabIndex={0}
        onKeyDown={press}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        className="absolute inset-y-0 -left-1 z-20 w-2 cursor-col-resize touch-none rounded hover:bg-accent/40 active:bg-accent/60"
      />
      {children}
    </aside>
  );
}

/** A long list whose rows open in place, each as high as what it shows; those in sight are drawn. */

import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useRef, type ReactNode, type RefObject } from "react";

/** Of a row that is closed. */
const ROW_PIXELS = 28;

interface Folding<T> {
  readonly rows: readonly T[];
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly virtual: Virtualizer<HTMLDivElement, HTMLDivElement>;
}

export function useFolding<T>(rows: readonly T[], keyOf: (row: T) => string | number): Folding<T> {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => (index < rows.length ? keyOf(rows[index] as T) : index),
    overscan: 12,
  });
  return { rows, frame, virtual };
}

interface FoldingListProps<T> {
  readonly label: string;
  readonly list: Folding<T>;
  readonly onScroll?: (frame: HTMLElement) => void;
  /** What is drawn in a row. */
  readonly children: (row: T) => ReactNode;
}

export function FoldingList<T>({ label, list: { rows, frame, virtual }, onScroll, children }: FoldingListProps<T>): ReactNode {
  return (
    <div ref={frame} role="list" aria-label={label} tabIndex={0} onScroll={({ currentTarget }) => onScroll?.(currentTarget)} className="min-h-0 grow overflow-auto">
      <div role="presentation" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().filter(({ index }) => index < rows.length).map(({ key, index, start }) => (
          <div
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            role="listitem"
            aria-setsize={rows.length}
            aria-posinset={index + 1}
            className="absolute top-0 left-0 w-full border-b"
            style={{ transform: `translateY(${start}px)` }}
          >
            {children(rows[index] as T)}
          </div>
        ))}
      </div>
    </div>
  );
}

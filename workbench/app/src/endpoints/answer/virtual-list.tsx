/** A long list of rows of any height, of which those that are seen exist. */

import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useRef, type HTMLAttributes, type ReactNode, type RefObject } from "react";
import { classes } from "../../parts/class-names.js";

export type Rows = Virtualizer<HTMLDivElement, HTMLDivElement>;

export function useRows(count: number, rowPixels: number, keyOf: (index: number) => string | number) {
  const frame = useRef<HTMLDivElement>(null);
  const rows: Rows = useVirtualizer({ count, getScrollElement: () => frame.current, estimateSize: () => rowPixels, getItemKey: keyOf, overscan: 12 });
  return { frame, rows };
}

interface VirtualListProps extends HTMLAttributes<HTMLDivElement> {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly rows: Rows;
  readonly rowProps: (index: number) => HTMLAttributes<HTMLDivElement>;
  readonly renderRow: (index: number) => ReactNode;
}

export function VirtualList({ frame, rows, rowProps, renderRow, className, ...rest }: VirtualListProps): ReactNode {
  return (
    <div ref={frame} {...rest} className={classes("min-h-0 grow overflow-auto", className)}>
      <div role="presentation" className="relative w-full" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ key, index, start }) => {
          const { className: rowClass, ...props } = rowProps(index);
          return (
            <div
              key={key}
              ref={rows.measureElement}
              data-index={index}
              {...props}
              className={classes("absolute top-0 left-0 w-full", rowClass)}
              style={{ transform: `translateY(${start}px)` }}
            >
              {renderRow(index)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

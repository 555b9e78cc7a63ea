/**
 * A long list of rows of one height, of which only those in sight are drawn. One stop for Tab; arrow keys
 * choose. As a tree it also opens and closes its rows, and says how deep they are.
 */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from "react";
import { classes } from "./class-names.js";

export interface TreeShape<T> {
  levelOf(row: T): number;
  /** Undefined: there is nothing below it. */
  isOpen(row: T): boolean | undefined;
  onOpen(row: T, isOpen: boolean): void;
}

interface RowListProps<T> {
  readonly label: string;
  readonly rows: readonly T[];
  /** Pixels. */
  readonly rowHeight: number;
  readonly keyOf: (row: T) => string;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
  /** What is drawn in a row. */
  readonly children: (row: T, isChosen: boolean) => ReactNode;
  readonly tree?: TreeShape<T>;
  /** Whether the end is kept in sight while rows come; told when scrolling changes that. */
  readonly follow?: { readonly isOn: boolean; set(isOn: boolean): void };
  /** Keys that mean more here; true says that it was one. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  /** The last rows are in sight: if there are more, now is the time to ask. */
  readonly onNearEnd?: (() => void) | undefined;
  readonly className?: string;
  /** For each row. */
  readonly rowClassName?: string;
}

export function RowList<T>(props: RowListProps<T>): ReactNode {
  const { label, rows, rowHeight, keyOf, chosen, tree, follow } = props;
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  usePlace(frame, rows, props);
  const at = useChosen(rows, props, (index, isFirst) => virtual.scrollToIndex(index, { align: isFirst ? "center" : "auto" }));
  const seen = virtual.getVirtualItems();
  useNearEnd(seen.at(-1)?.index, rows.length, props.onNearEnd);
  const isSeen = at >= 0 && seen.some(({ index }) => index === at);
  return (
    <div
      ref={frame}
      role={tree === undefined ? "listbox" : "tree"}
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={isSeen ? `${id}-${at}` : undefined}
      onKeyDown={(event) => pressed(event, props, at, frame.current?.clientHeight ?? 0)}
      onScroll={follow === undefined ? undefined : ({ currentTarget }) => follow.set(isAtEnd(currentTarget, rowHeight))}
      className={classes("relative min-h-0 overflow-auto -outline-offset-2", props.className)}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize() }}>
        {seen.map(({ index, start }) => {
          const row = rows[index] as T;
          const isChosen = keyOf(row) === chosen;
          return (
            <div
              key={keyOf(row)}
              id={`${id}-${index}`}
              role={tree === undefined ? "option" : "treeitem"}
              aria-selected={isChosen}
              aria-setsize={tree === undefined ? rows.length : undefined}
              aria-posinset={tree === undefined ? index + 1 : undefined}
              aria-level={tree === undefined ? undefined : tree.levelOf(row) + 1}
              aria-expanded={tree?.isOpen(row)}
              onClick={() => props.onChoose(keyOf(row))}
              className={classes("absolute inset-x-0 top-0 cursor-pointer", props.rowClassName)}
              style={{ height: rowHeight, transform: `translateY(${start}px)` }}
            >
              {props.children(row, isChosen)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function isAtEnd(frame: Element, rowHeight: number): boolean {
  return frame.scrollHeight - frame.scrollTop - frame.clientHeight < rowHeight;
}

/** Rows that come or go above leave those in sight where they are; or the end is followed. */
function usePlace<T>(frame: { readonly current: HTMLDivElement | null }, rows: readonly T[], { rowHeight, keyOf, follow }: RowListProps<T>): void {
  const before = useRef(rows);
  const isFollowing = follow?.isOn === true;
  useLayoutEffect(() => {
    const element = frame.current;
    const old = before.current;
    before.current = rows;
    if (element === null) return;
    if (isFollowing) {
      element.scrollTop = element.scrollHeight;
      return;
    }
    const first = old[Math.floor(element.scrollTop / rowHeight)];
    if (old === rows || first === undefined || element.scrollTop === 0) return;
    const key = keyOf(first);
    const moved = rows.findIndex((row) => keyOf(row) === key) - old.indexOf(first);
    if (moved !== 0 && rows.some((row) => keyOf(row) === key)) element.scrollTop += moved * rowHeight;
  }, [rows, isFollowing]);
}

/** Where the chosen row is; it is brought into sight when it is another one, and when it is first there. */
function useChosen<T>(rows: readonly T[], { keyOf, chosen }: RowListProps<T>, show: (index: number, isFirst: boolean) => void): number {
  const shown = useRef<string | undefined>(undefined);
  const at = chosen === undefined ? -1 : rows.findIndex((row) => keyOf(row) === chosen);
  useEffect(() => {
    if (chosen === shown.current || (chosen !== undefined && at < 0)) return;
    if (chosen !== undefined) show(at, shown.current === undefined);
    shown.current = chosen;
  }, [chosen, at]);
  return at;
}

function useNearEnd(last: number | undefined, count: number, tell: (() => void) | undefined): void {
  const isNear = last !== undefined && last >= count - 1;
  useEffect(() => {
    if (isNear) tell?.();
  }, [isNear, count]);
}

function pressed<T>(event: KeyboardEvent<HTMLElement>, props: RowListProps<T>, at: number, height: number): void {
  if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
  if (props.onKey?.(event) === true || (props.tree !== undefined && openedByKey(event.key, props, props.tree, at))) {
    event.preventDefault();
    return;
  }
  const { rows, keyOf, onChoose } = props;
  const page = Math.max(1, Math.floor(height / props.rowHeight) - 1);
  const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
  const wanted = steps[event.key];
  if (wanted === undefined || rows.length === 0) return;
  event.preventDefault();
  const next = rows[Math.min(rows.length - 1, Math.max(0, wanted))];
  if (next !== undefined) onChoose(keyOf(next));
}

/** Right opens, then goes down; left closes, then goes up to the parent. */
function openedByKey<T>(key: string, { rows, keyOf, onChoose }: RowListProps<T>, tree: TreeShape<T>, at: number): boolean {
  const row = rows[at];
  if (row === undefined || (key !== "ArrowRight" && key !== "ArrowLeft")) return false;
  const wants = key === "ArrowRight";
  if (tree.isOpen(row) === !wants) {
    tree.onOpen(row, wants);
    return true;
  }
  const level = tree.levelOf(row);
  const next = wants ? rows[at + 1] : rows.slice(0, at).findLast((each) => tree.levelOf(each) < level);
  if (next !== undefined && (!wants || tree.levelOf(next) > level)) onChoose(keyOf(next));
  return true;
}

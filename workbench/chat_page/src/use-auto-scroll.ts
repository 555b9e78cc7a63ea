/** Keeps a list at its end while it grows, until the reader scrolls up. */

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Pixels from the end that still count as the end: zoomed pages stop at fractions. */
const AT_END = 8;

export interface AutoScroll {
  readonly box: RefObject<HTMLOListElement | null>;
  readonly isFollowing: boolean;
  readonly onScroll: () => void;
  /** Go to the end, and stay there. */
  readonly follow: () => void;
}

export function useAutoScroll(...content: readonly unknown[]): AutoScroll {
  const box = useRef<HTMLOListElement>(null);
  const top = useRef(0);
  const [isFollowing, setFollowing] = useState(true);

  const toEnd = useCallback((): void => {
    const list = box.current;
    if (list === null) return;
    list.scrollTop = list.scrollHeight;
    top.current = list.scrollTop;
  }, []);
  const onScroll = useCallback((): void => {
    const list = box.current;
    if (list === null) return;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight <= AT_END;
    // Only upwards is the reader's wish: the list itself moves down, and at its end when it shrinks.
    if (isAtEnd) setFollowing(true);
    else if (list.scrollTop < top.current) setFollowing(false);
    top.current = list.scrollTop;
  }, []);
  const follow = useCallback((): void => {
    setFollowing(true);
    toEnd();
  }, [toEnd]);

  useLayoutEffect(() => {
    if (isFollowing) toEnd();
  }, [isFollowing, toEnd, ...content]);
  useEffect(() => {
    if (box.current === null || !isFollowing) return;
    const observer = new ResizeObserver(toEnd);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [isFollowing, toEnd]);
  return { box, isFollowing, onScroll, follow };
}

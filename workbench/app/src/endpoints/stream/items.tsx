/** The items of a group as rows that change while they are looked at. The newest that changed is open, and followed while it grows. */

import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { connect, type Item, type Snapshot, type Subscription } from "../../../../client/src/index.js";
import { classes } from "../../parts/class-names.js";
import { FoldingList, useFolding } from "../folding-list.js";
import type { Channel } from "./channels.js";
import { readItem } from "./words.js";

const NOTHING: Snapshot = { status: "loading", items: [], error: null };
/** This near to the end of an item is at its end. */
const NEAR_PIXELS = 40;

/** Watches while it is shown. */
function useSnapshot({ stream, group }: Channel): Snapshot {
  const [subscription, setSubscription] = useState<Subscription | null>(null);
  useEffect(() => {
    const connection = connect();
    setSubscription(connection.subscribe(stream, group));
    return () => {
      connection.close();
      setSubscription(null);
    };
  }, [stream, group]);
  return useSyncExternalStore(
    useMemo(() => (changed) => subscription?.onChange(changed) ?? (() => undefined), [subscription]),
    () => subscription?.getSnapshot() ?? NOTHING,
  );
}

export default function Items({ channel }: { readonly channel: Channel }): ReactNode {
  const { items, status, error } = useSnapshot(channel);
  const { fresh, newest } = useNews(items);
  const list = useFolding(items, ({ id }) => id);
  /** What was opened or closed by hand. */
  const [byHand, setByHand] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isOpen = ({ id }: Item): boolean => byHand.get(id) ?? id === newest;
  const onScroll = useFollowing(list, items.findIndex((item) => item.id === newest && isOpen(item)));
  if (error !== null) return <p role="alert" className="p-3 text-[13px] text-bad">{error.message}</p>;
  if (status === "loading") return <p className="p-3 text-[13px] text-soft">Looking…</p>;
  if (items.length === 0) return <p className="p-3 text-[13px] text-soft">This group has no items yet. They appear here when they are written.</p>;
  return (
    <FoldingList label={`Items of ${channel.stream}, ${channel.group}`} list={list} onScroll={onScroll}>
      {(item) => <ItemRow item={item} isFresh={fresh.has(item.id)} isOpen={isOpen(item)} onToggle={() => setByHand(new Map(byHand).set(item.id, !isOpen(item)))} />}
    </FoldingList>
  );
}

interface ItemRowProps {
  readonly item: Item;
  readonly isFresh: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function ItemRow({ item, isFresh, isOpen, onToggle }: ItemRowProps): ReactNode {
  const { id, ...parts } = item;
  const { rest, words } = isOpen ? readItem(item) : { rest: JSON.stringify(parts).slice(0, 500), words: "" };
  return (
    <div className="text-[13px]">
      <button type="button" aria-expanded={isOpen} className={classes("flex w-full items-baseline gap-3 px-3 py-1 text-left transition-colors duration-700 hover:bg-tint/60", isFresh && "bg-good-tint duration-0")} onClick={onToggle}>
        <span className="max-w-40 shrink-0 truncate font-mono text-xs text-(--code-name)">{id}</span>
        <span className={classes("min-w-0 font-mono", isOpen ? "break-words whitespace-pre-wrap" : "truncate", words !== "" && "text-xs text-soft")}>{rest}</span>
      </button>
      {words !== "" && <p className="px-3 pb-2 text-sm leading-relaxed break-words whitespace-pre-wrap">{words}</p>}
    </div>
  );
}

interface News {
  /** The items that have just changed. */
  readonly fresh: ReadonlySet<string>;
  /** The last item that changed; at first, the last of all. */
  readonly newest: string | undefined;
}

function useNews(items: readonly Item[]): News {
  const [before, setBefore] = useState(items);
  const [news, setNews] = useState<News>({ fresh: new Set(), newest: undefined });
  if (before !== items) {
    const known = new Set(before);
    const changed = items.filter((item) => !known.has(item)).map(({ id }) => id);
    setBefore(items);
    // The snapshot that comes first is not news.
    if (changed.length > 0) setNews({ fresh: new Set(before.length > 0 ? changed : []), newest: changed.at(-1) });
  }
  useEffect(() => {
    if (news.fresh.size === 0) return;
    const timer = setTimeout(() => setNews(({ newest }) => ({ fresh: new Set(), newest })), 600);
    return () => clearTimeout(timer);
  }, [news]);
  return news;
}

/** Keeps the end of a row in sight while it grows, unless its reader has scrolled away. What to do when they scroll. */
function useFollowing({ virtual }: ReturnType<typeof useFolding<Item>>, index: number): (frame: HTMLElement) => void {
  const follows = useRef(true);
  const end = virtual.measurementsCache[index]?.end ?? 0;
  useEffect(() => {
    if (index >= 0 && follows.current) virtual.scrollToIndex(index, { align: "end" });
  }, [virtual, index, end]);
  return ({ scrollTop, clientHeight }) => {
    follows.current = end >= scrollTop && end <= scrollTop + clientHeight + NEAR_PIXELS;
  };
}

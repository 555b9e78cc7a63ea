/** The items of a group as rows that change while they are looked at. */

import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import { connect, type Item, type Snapshot, type Subscription } from "../../../../client/src/index.js";
import { classes } from "../../parts/class-names.js";
import { FoldingList, useFolding } from "../folding-list.js";
import type { Channel } from "./channels.js";

const NOTHING: Snapshot = { status: "loading", items: [], error: null };

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
  const fresh = useFresh(items);
  const list = useFolding(items, ({ id }) => id);
  const [open, setOpen] = useState<string | null>(null);
  if (error !== null) return <p role="alert" className="p-3 text-[13px] text-bad">{error.message}</p>;
  if (status === "loading") return <p className="p-3 text-[13px] text-soft">Looking…</p>;
  if (items.length === 0) return <p className="p-3 text-[13px] text-soft">This group has no items yet. They appear here when they are written.</p>;
  return (
    <FoldingList label={`Items of ${channel.stream}, ${channel.group}`} list={list}>
      {(item) => <ItemRow item={item} isFresh={fresh.has(item.id)} isOpen={open === item.id} onToggle={() => setOpen(open === item.id ? null : item.id)} />}
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
  const { id, ...rest } = item;
  return (
    <button type="button" aria-expanded={isOpen} className={classes("flex w-full items-baseline gap-3 px-3 py-1 text-left text-[13px] transition-colors duration-700 hover:bg-tint/60", isFresh && "bg-good-tint duration-0")} onClick={onToggle}>
      <span className="max-w-40 shrink-0 truncate font-mono text-xs text-(--code-name)">{id}</span>
      <span className={classes("min-w-0 font-mono", isOpen ? "break-words whitespace-pre-wrap" : "truncate")}>
        {isOpen ? JSON.stringify(rest, null, 2).slice(0, 20_000) : JSON.stringify(rest).slice(0, 500)}
      </span>
    </button>
  );
}

/** The items that have just changed. */
function useFresh(items: readonly Item[]): ReadonlySet<string> {
  const [before, setBefore] = useState(items);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  if (before !== items) {
    const known = new Set(before);
    setBefore(items);
    // The snapshot that comes first is not news.
    if (before.length > 0) setFresh(new Set(items.filter((item) => !known.has(item)).map(({ id }) => id)));
  }
  useEffect(() => {
    if (fresh.size === 0) return;
    const timer = setTimeout(() => setFresh(new Set()), 600);
    return () => clearTimeout(timer);
  }, [fresh]);
  return fresh;
}

/** A field, and below it what fits: chosen by arrow keys and Enter, or pointed at. Escape leads back. */

import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Caps } from "../keys/caps.js";
import { useFocusBack } from "../parts/focus-back.js";
import { Tile } from "../parts/kinds.js";
import { counted, short } from "../parts/times.js";
import type { Entry } from "./entry.js";
import { found } from "./found.js";

interface FinderProps {
  readonly title: string;
  readonly placeholder: string;
  /** What is said when nothing fits. */
  readonly nothing: string;
  readonly entries: readonly Entry[];
  /** What is made of the typed text itself. */
  readonly entriesOf?: (typed: string) => readonly Entry[];
  /** Ids of those that come first while nothing is typed. */
  readonly recent?: readonly string[];
  readonly onChoose?: (entry: Entry) => void;
  readonly onClose: () => void;
}

const NONE: readonly string[] = [];
const MOVES: ReadonlySet<string> = new Set(["ArrowDown", "ArrowUp", "Home", "End"]);

export function Finder({ title, placeholder, nothing, entries, entriesOf, recent = NONE, onChoose, onClose }: FinderProps): ReactNode {
  const [typed, setTyped] = useState("");
  const groups = useMemo(() => found([...entries, ...(entriesOf?.(typed) ?? [])], typed, recent), [entries, entriesOf, typed, recent]);
  const count = groups.reduce((sum, group) => sum + group.entries.length + group.more, 0);
  const list = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState("");
  const hasMoved = useRef(false);
  const first = groups[0]?.entries[0]?.id ?? "";
  useLayoutEffect(() => {
    // The first is chosen: it has to be in sight.
    list.current?.scrollTo({ top: 0 });
    hasMoved.current = false;
  }, [typed]);
  useLayoutEffect(() => {
    // Also when it comes late, unless somebody has gone to another one.
    if (!hasMoved.current) setSelected(first);
  }, [typed, first]);
  const moved = (): void => {
    hasMoved.current = true;
  };
  const pressed = ({ key }: KeyboardEvent): void => {
    if (MOVES.has(key)) moved();
  };
  const giveBack = useFocusBack();
  const chosen = useRef<Entry>(undefined);
  const choose = (entry: Entry): void => {
    chosen.current = entry;
    onChoose?.(entry);
    onClose();
  };
  const closed = (event: Event): void => {
    giveBack(event);
    // Now that the focus is back: what is done may lead it elsewhere.
    chosen.current?.act();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={closed}
          className="fixed top-[10dvh] left-1/2 z-50 w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-2xl border bg-raised shadow-float outline-none"
        >
          <Dialog.Title className="sr-only">{title}</Dialog.Title>
          {/* What fits is decided here; and Ctrl+K is no arrow. */}
          <Command label={title} value={selected} onValueChange={setSelected} onKeyDown={pressed} onPointerMove={moved} loop shouldFilter={false} vimBindings={false}>
            <Command.Input
              placeholder={placeholder}
              value={typed}
              onValueChange={setTyped}
              className="h-12 w-full border-b bg-transparent px-4 text-[15px] outline-none placeholder:text-soft"
            />
            <p role="status" className="sr-only">{typed !== "" && counted(count, "entry", "entries")}</p>
            <Command.List ref={list} label="Found" className="max-h-[60dvh] scroll-py-1.5 overflow-y-auto p-1.5 [overflow-anchor:none]">
              <Command.Empty className="p-6 text-center text-soft">{nothing}</Command.Empty>
              {groups.map(({ name, entries: shown, more }) => (
                <Command.Group
                  key={name}
                  heading={
                    <span className="flex px-2 pt-2.5 pb-1 text-xs text-soft">
                      <span className="grow font-semibold">{name}</span>
                      {more > 0 && <span>{short(more)} more</span>}
                    </span>
                  }
                >
                  {shown.map((entry) => <Found key={entry.id} entry={entry} onChoose={choose} />)}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Found({ entry, onChoose }: { readonly entry: Entry; readonly onChoose: (entry: Entry) => void }): ReactNode {
  const { id, name, note, icon, press } = entry;
  return (
    <Command.Item value={id} onSelect={() => onChoose(entry)} className="flex cursor-pointer items-center gap-2.5 rounded-lg px-2 py-1.5 text-[13px] data-[selected=true]:bg-tint">
      <Tile {...icon} size="small" />
      <span className="max-w-[65%] shrink-0 truncate font-medium">{name}</span>
      <span className="min-w-0 grow truncate text-right text-xs text-soft">{note}</span>
      {press !== undefined && <Caps press={press} />}
    </Command.Item>
  );
}

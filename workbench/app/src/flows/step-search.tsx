/** Finds a step by its name, route, topic or file. `/` opens it. */

import { Command } from "cmdk";
import { Search } from "lucide-react";
import { Dialog } from "radix-ui";
import { useEffect, useState, type ReactNode } from "react";
import type { NodeView } from "../api/types.js";
import { IconButton } from "../parts/button.js";
import { KindTile } from "../parts/kinds.js";
import { subtitleOf } from "./view.js";

interface StepSearchProps {
  readonly nodes: readonly NodeView[];
  readonly onFind: (step: string) => void;
}

export function StepSearch({ nodes, onFind }: StepSearchProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  useSlash(() => setOpen(true));
  return (
    <>
      <IconButton label="Find a step ( / )" onClick={() => setOpen(true)}><Search size={16} aria-hidden /></IconButton>
      <Dialog.Root open={isOpen} onOpenChange={setOpen}>
        <Dialog.Portal>
          <Dialog.Overlay className="fixed inset-0 z-40 bg-black/30" />
          <Dialog.Content
            aria-describedby={undefined}
            className="fixed top-[12dvh] left-1/2 z-50 w-[min(34rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-2xl border bg-raised shadow-float outline-none"
          >
            <Dialog.Title className="sr-only">Find a step</Dialog.Title>
            <Command label="Find a step" loop filter={rank}>
              <Command.Input
                placeholder="Name, route, topic or file"
                className="h-12 w-full border-b bg-transparent px-4 text-[15px] outline-none placeholder:text-soft"
              />
              <Command.List className="max-h-[50dvh] overflow-y-auto p-1.5">
                <Command.Empty className="p-6 text-center text-soft">No step is called that.</Command.Empty>
                {nodes.map((node) => (
                  <Command.Item
                    key={node.id}
                    value={node.id}
                    keywords={[node.title, node.file, ...node.triggers.map(({ label }) => label)]}
                    onSelect={() => {
                      setOpen(false);
                      onFind(node.id);
                    }}
                    className="flex cursor-pointer items-center gap-2.5 rounded-lg px-2 py-1.5 data-[selected=true]:bg-tint"
                  >
                    <KindTile node={node} size="small" />
                    <span className="truncate font-medium">{node.title}</span>
                    <span className="grow truncate text-right font-mono text-xs text-soft">{subtitleOf(node)}</span>
                  </Command.Item>
                ))}
              </Command.List>
            </Command>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  );
}

/** All words must be there, somewhere; names that begin with what was typed come first. */
function rank(value: string, typed: string, keywords: readonly string[] = []): number {
  const text = [value, ...keywords].join(" ").toLowerCase();
  const words = typed.toLowerCase().split(/\s+/);
  if (!words.every((word) => text.includes(word))) return 0;
  return text.startsWith(words[0] ?? "") ? 1 : 0.5;
}

function useSlash(act: () => void): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      const isTyping = target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  });
}

/** A button that opens a list of things to do. */

import type { LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export interface Action {
  readonly name: string;
  readonly icon?: LucideIcon;
  readonly act: () => void;
}

interface ActionMenuProps {
  readonly label: string;
  readonly actions: readonly Action[];
  /** What is pressed to open it: one element that takes a ref. */
  readonly children: ReactNode;
}

export function ActionMenu({ label, actions, children }: ActionMenuProps): ReactNode {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 min-w-44 rounded-xl border bg-raised p-1 shadow-float"
        >
          {actions.map(({ name, icon: Icon, act }) => (
            <DropdownMenu.Item key={name} onSelect={act} className="flex cursor-pointer items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-[13px] outline-none data-highlighted:bg-tint">
              {Icon !== undefined && <Icon size={15} aria-hidden className="text-soft" />}
              {name}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** A button that opens a list to choose one from. */

import { Check } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

export interface Choice<T extends string> {
  readonly value: T;
  readonly name: ReactNode;
  readonly note?: ReactNode;
}

interface ChoiceMenuProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChoose: (value: T) => void;
  /** What is pressed to open it: one element that takes a ref. */
  readonly children: ReactNode;
}

export function ChoiceMenu<T extends string>({ label, value, choices, onChoose, children }: ChoiceMenuProps<T>): ReactNode {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align="start"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 min-w-48 max-h-(--radix-dropdown-menu-content-available-height) overflow-y-auto rounded-xl border bg-raised p-1 shadow-float"
        >
          <DropdownMenu.RadioGroup value={value} onValueChange={(chosen) => onChoose(chosen as T)}>
            {choices.map((choice) => (
              <DropdownMenu.RadioItem
                key={choice.value}
                value={choice.value}
                className="flex items-center gap-2 rounded-lg px-2 py-1.5 text-[13px] outline-none data-highlighted:bg-tint cursor-pointer"
              >
                <span className="w-4 text-accent">
                  <DropdownMenu.ItemIndicator><Check size={15} aria-hidden /></DropdownMenu.ItemIndicator>
                </span>
                <span className="grow">{choice.name}</span>
                {choice.note !== undefined && <span className="text-xs text-soft">{choice.note}</span>}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

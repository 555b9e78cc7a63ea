/** Buttons: with words, or an icon whose name is told on hover and to who cannot see it. */

import { Tooltip } from "radix-ui";
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { classes } from "./class-names.js";

const LOOKS = {
  plain: "bg-card border border-line hover:border-strong-line text-text",
  main: "bg-accent text-on-accent font-semibold hover:brightness-110",
  quiet: "text-soft hover:text-text hover:bg-tint",
} as const;

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: keyof typeof LOOKS;
}

export function Button({ look = "plain", className, ...rest }: ButtonProps): ReactNode {
  return <button type="button" className={buttonLook(look, className)} {...rest} />;
}

/** For what is a link and looks like a button. */
export function buttonLook(look: keyof typeof LOOKS = "plain", className?: string): string {
  const shape = "inline-flex items-center justify-center gap-1.5 rounded-lg px-2.5 h-8 text-[13px] whitespace-nowrap";
  return classes(shape, "transition-colors disabled:opacity-50 disabled:cursor-default", LOOKS[look], className);
}

interface IconButtonProps extends ButtonProps {
  readonly label: string;
  readonly side?: "top" | "right" | "bottom" | "left";
}

export function IconButton({ label, side = "bottom", look = "quiet", className, ...rest }: IconButtonProps): ReactNode {
  return (
    <Tip text={label} side={side}>
      <Button aria-label={label} look={look} className={classes("w-8 px-0!", className)} {...rest} />
    </Tip>
  );
}

interface TipProps {
  readonly text: ReactNode;
  readonly side?: "top" | "right" | "bottom" | "left";
  readonly children: ReactNode;
}

/** A short text beside what the pointer or the focus is on. `Tooltip.Provider` stands around the page. */
export function Tip({ text, side = "bottom", children }: TipProps): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md bg-text text-page px-2 py-1 text-xs shadow-float"
        >
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** A method in Motia's colour for it. */

import type { ReactNode } from "react";
import { classes } from "../parts/class-names.js";

const COLOURS: Readonly<Record<string, string>> = {
  GET: "var(--method-get)", POST: "var(--method-post)", DELETE: "var(--method-delete)", HEAD: "var(--kind-noop)",
};

export function MethodBadge({ method, isLarge = false }: { readonly method: string; readonly isLarge?: boolean }): ReactNode {
  const colour = COLOURS[method] ?? "var(--method-put)";
  return (
    <span
      className={classes("inline-grid shrink-0 place-items-center rounded-md px-1.5 font-mono font-semibold", isLarge ? "h-7 text-[13px]" : "h-5 w-14 text-[11px]")}
      style={{ color: colour, background: `color-mix(in oklab, ${colour} 12%, var(--card))` }}
    >
      {method}
    </span>
  );
}

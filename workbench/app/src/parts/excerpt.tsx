/** Lines of source, one of which is to blame. */

import type { ReactNode } from "react";
import type { SourceLine } from "../api/types.js";
import { classes } from "./class-names.js";

interface ExcerptProps {
  readonly lines: readonly SourceLine[];
  readonly blamed: number | null;
  readonly className?: string;
}

export function Excerpt({ lines, blamed, className }: ExcerptProps): ReactNode {
  return (
    <pre tabIndex={0} aria-label="Source around it" className={classes("overflow-x-auto bg-card py-1.5 text-xs leading-5", className)}>
      {lines.map(({ number, text }) => (
        <code key={number} className={classes("flex w-max min-w-full pr-3", number === blamed && "bg-bad-tint font-semibold")}>
          <span aria-hidden className={classes("w-10 shrink-0 pr-3 text-right select-none", number === blamed ? "text-bad" : "text-soft")}>{number}</span>
          {text === "" ? " " : text}
        </code>
      ))}
    </pre>
  );
}

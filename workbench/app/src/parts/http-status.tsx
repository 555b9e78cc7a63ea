/** What a request was answered, as a number: quiet if it went well, loud if not, and never by colour alone. */

import type { ReactNode } from "react";
import { classes } from "./class-names.js";

export function HttpStatus({ status }: { readonly status: number | null }): ReactNode {
  if (status === null) return null;
  return (
    <span className={classes("inline-block shrink-0 rounded border px-1 text-[11px] leading-4 font-medium tabular-nums", lookOf(status))}>
      <span className="sr-only">answered </span>{status}
    </span>
  );
}

function lookOf(status: number): string {
  if (status >= 500) return "border-bad/40 bg-bad-tint text-bad";
  return status >= 400 ? "border-warn/40 bg-warn-tint text-warn" : "text-soft";
}

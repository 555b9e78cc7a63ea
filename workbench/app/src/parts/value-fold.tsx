/** A JSON value among other things: a small one is open at once, a large one is told in short. */

import { ChevronRight } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { flatten, openAtFirst } from "../json/flatten.js";
import { inShort } from "../json/json.js";
import { JsonTree } from "../json/tree.js";

/** What has more rows does not open by itself. */
const SMALL_ROWS = 10;

interface ValueFoldProps {
  readonly name: string;
  readonly value: unknown;
  /** Whether it is open at first; else its size tells. */
  readonly isOpen?: boolean | undefined;
}

export function ValueFold({ name, value, isOpen }: ValueFoldProps): ReactNode {
  const opens = useMemo(() => isOpen ?? flatten(value, openAtFirst(value)).length <= SMALL_ROWS, [value, isOpen]);
  return (
    <details className="group min-w-0 rounded-xl border bg-card text-[13px]" open={opens}>
      <summary className="flex cursor-pointer items-center gap-1.5 px-2 py-1.5 text-soft -outline-offset-2 hover:text-text">
        <ChevronRight size={13} aria-hidden className="shrink-0 transition-transform group-open:rotate-90" />
        <span>{name}</span>
        <span className="min-w-0 truncate font-mono text-xs group-open:hidden">{inShort(value)}</span>
      </summary>
      <div className="border-t px-1 py-1.5"><JsonTree label={name} value={value} /></div>
    </details>
  );
}

/** How a trace goes that was set off from here, kept true; leads to it. */

import { Link } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import type { ReactNode } from "react";
import { useOutcome } from "../live/outcomes.js";
import { STATUSES, StatusIcon } from "./statuses.js";
import { classes } from "./class-names.js";
import { counted, duration } from "./times.js";

export function OutcomeLink({ trace, className }: { readonly trace: string; readonly className?: string }): ReactNode {
  const outcome = useOutcome(trace);
  return (
    <Link to="/traces/{-$trace}" params={{ trace }} className={classes("inline-flex items-center gap-1.5 text-[13px] whitespace-nowrap hover:underline", className)}>
      {outcome === null ? <Hourglass size={14} aria-hidden className="text-soft" /> : <StatusIcon status={outcome.status} />}
      {outcome === null ? "waits for its turn" : (
        <span>
          <span aria-hidden>{STATUSES[outcome.status].word}</span>
          {outcome.ranMs !== null && <span className="text-soft tabular-nums"> in {duration(outcome.ranMs)}</span>}
          {outcome.runs > 1 && <span className="text-soft"> · {counted(outcome.runs, "run")}</span>}
        </span>
      )}
    </Link>
  );
}

/** What was sent to an endpoint before: one click fills it in again. */

import { Link } from "@tanstack/react-router";
import { GanttChart } from "lucide-react";
import type { ReactNode } from "react";
import { Ago } from "../../parts/ago.js";
import { classes } from "../../parts/class-names.js";
import { duration } from "../../parts/times.js";
import type { Sent } from "./past.js";

const NONE: readonly Sent[] = [];

export function PastList({ sent = NONE, onLoad }: { readonly sent: readonly Sent[] | undefined; readonly onLoad: (sent: Sent) => void }): ReactNode {
  if (sent.length === 0) return <p className="text-[13px] text-soft">Nothing was sent yet. The last 20 requests stay here until this tab is closed; their secrets until it is reloaded.</p>;
  return (
    <ul className="-mx-2 flex flex-col">
      {sent.map((each) => (
        <li key={each.id} className="flex items-center gap-1">
          <button type="button" className="flex min-w-0 grow items-baseline gap-3 rounded-lg px-2 py-1.5 text-left text-[13px] hover:bg-tint" onClick={() => onLoad(each)}>
            <span className={classes("w-9 shrink-0 font-semibold tabular-nums", colourOf(each.status))}>{each.status ?? "–"}</span>
            <span className="min-w-0 grow truncate">
              <span className="font-mono">{each.address}</span>
              <span className="ml-2 font-mono text-xs text-soft">{each.draft.body.replaceAll(/\s+/g, " ").slice(0, 120)}</span>
            </span>
            <span className="shrink-0 text-xs text-soft tabular-nums">{each.milliseconds === null ? "" : duration(each.milliseconds)}</span>
            <Ago at={each.at} className="w-20 shrink-0 text-right text-xs text-soft" />
          </button>
          {each.trace !== null && (
            <Link to="/traces/{-$trace}" params={{ trace: each.trace }} aria-label={`Trace of ${each.address}`} title="Its trace" className="grid size-8 shrink-0 place-items-center rounded-lg text-accent hover:bg-tint">
              <GanttChart size={15} aria-hidden />
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}

function colourOf(status: number | null): string {
  if (status === null) return "text-soft";
  if (status < 300) return "text-good";
  return status < 500 ? "text-warn" : "text-bad";
}

/** What a run did, as code: each thing with its time, and all of it on demand. */

import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import { historyQuery, streamOf, type Place } from "../api/stored.js";
import type { MarkView, SpanView } from "../api/types.js";
import { JsonTree } from "../json/tree.js";
import { pretty } from "../json/json.js";
import { classes } from "../parts/class-names.js";
import { CopyButton } from "../parts/copy-button.js";
import { duration } from "../parts/times.js";
import { ValueLink } from "../parts/value-link.js";
import { CodeLine } from "./code-line.js";

const EDGES: Readonly<Record<string, string>> = {
  emit: "border-(--kind-event)",
  state: "border-(--kind-state)",
  stream: "border-(--kind-stream)",
  socket: "border-(--kind-socket)",
  refused: "border-bad",
  response: "border-warn",
};

export function Marks({ span }: { readonly span: SpanView }): ReactNode {
  const { run, marks } = span;
  if (marks.length === 0) {
    return <p className="text-[13px] text-soft">{run.marks === 0 ? "It emitted, wrote and logged nothing." : "What it did is not told yet, or not kept: of a very long trace the first runs are."}</p>;
  }
  return (
    <ol aria-label="What the step did" className="flex flex-col">
      {marks.map((mark, index) => <Mark key={index} mark={mark} run={span.run} />)}
      {run.marks > marks.length && <li className="py-1 text-[13px] text-soft">More than {marks.length} things are not recorded.</li>}
    </ol>
  );
}

interface MarkProps {
  readonly mark: MarkView;
  readonly run: SpanView["run"];
}

function Mark({ mark, run }: MarkProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const isLoud = mark.kind === "refused" || (mark.kind === "log" && (mark.name === "error" || mark.name === "warning"));
  return (
    <li className={classes("border-l-2", EDGES[mark.kind] ?? "border-line")}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className={classes("flex w-full items-center gap-2 overflow-hidden rounded-r-lg py-1 pr-2 pl-1 text-left text-xs hover:bg-page", isOpen && "bg-page")}
      >
        <ChevronRight size={13} aria-hidden className={classes("shrink-0 text-soft transition-transform", isOpen && "rotate-90")} />
        <span className="w-16 shrink-0 text-right text-soft tabular-nums">+{duration(Math.max(0, (mark.at - run.startedAt) * 1000))}</span>
        <span className={classes("min-w-0 truncate", isLoud && "rounded bg-warn-tint px-1")}><CodeLine code={mark.code} /></span>
      </button>
      {isOpen && <Detail mark={mark} run={run} />}
    </li>
  );
}

function Detail({ mark, run }: MarkProps): ReactNode {
  const { place } = mark;
  return (
    <div className="mb-1 ml-6 flex flex-col gap-1.5 rounded-lg border bg-card p-2">
      <div className="flex items-center gap-2 text-xs text-soft">
        <span className="grow">{place === null ? mark.kind : `${streamOf(place.space) ?? "state"} · ${place.group} · ${place.key}`}</span>
        {place !== null && <ValueLink place={place}>Open the value</ValueLink>}
        {mark.kind === "log" && (
          <Link to="/logs" search={{ trace: run.traceId, step: run.step }} className="text-accent hover:underline">Open in the logs</Link>
        )}
        <CopyButton label="Copy" className="-my-1" text={() => (typeof mark.detail === "string" ? mark.detail : pretty(mark.detail))} />
      </div>
      {place === null ? <JsonTree label="Detail" value={mark.detail} /> : <Written place={place} mark={mark} span={run.id} />}
    </div>
  );
}

/** The value that was written then, as far as it is remembered. */
function Written({ place, mark, span }: { readonly place: Place; readonly mark: MarkView; readonly span: string }): ReactNode {
  const { data } = useQuery({ ...historyQuery(place), staleTime: 0 });
  if (data === undefined) return <p className="text-xs text-soft">Loading…</p>;
  // The write of this run that is the nearest in time.
  const [write] = data.writes
    .filter(({ spanId }) => spanId === span)
    .toSorted((one, other) => Math.abs(one.at - mark.at) - Math.abs(other.at - mark.at));
  if (write === undefined) return <p className="text-xs text-soft">The value of then is not remembered: only the last ones of each are.</p>;
  if (write.kind === "delete") return <p className="text-xs text-soft">Deleted.</p>;
  return <JsonTree label="Value" value={write.value} />;
}

/** The last traces, newest first, and what narrows them. What is chosen stays chosen, whatever comes. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { allTracesQuery, graphQuery } from "../api/rest.js";
import { standingOf } from "../api/runs.js";
import type { TraceSummary } from "../api/types.js";
import { Ago } from "../parts/ago.js";
import { Button } from "../parts/button.js";
import { FilterMenu, SearchField } from "../parts/filters.js";
import { classes } from "../parts/class-names.js";
import { HttpStatus } from "../parts/http-status.js";
import { Failed, Loading } from "../parts/notes.js";
import { RowList } from "../parts/row-list.js";
import { STATUSES, StatusIcon } from "../parts/statuses.js";
import { counted, duration } from "../parts/times.js";
import { filteredTraces, isFiltered, type TraceFilter } from "./filter.js";
import { useTick } from "./spans.js";

const ROW_HEIGHT = 56;
const TIMES = [
  { value: "1", name: "Last minute" },
  { value: "5", name: "Last 5 minutes" },
  { value: "60", name: "Last hour" },
];
const STATUS_CHOICES = [
  { value: "error", name: STATUSES.error.word },
  { value: "refused", name: "Refused (4xx)" },
  ...(["running", "ok", "skipped"] as const).map((value) => ({ value, name: STATUSES[value].word })),
];

interface TraceListProps {
  readonly filter: TraceFilter;
  readonly chosen: string | undefined;
  readonly onChoose: (trace: string) => void;
  readonly onFilter: (change: TraceFilter) => void;
}

export function TraceList({ filter, chosen, onChoose, onFilter }: TraceListProps): ReactNode {
  const { data, error, refetch } = useQuery(allTracesQuery);
  const { data: graph } = useQuery(graphQuery);
  // Traces grow out of a span of time, also while nothing comes.
  const now = useTick(filter.minutes !== undefined, 1000);
  const all = data?.traces ?? [];
  const traces = filteredTraces(all, filter, graph, now);
  const clear = (): void => onFilter({ flow: undefined, step: undefined, status: undefined, q: undefined, minutes: undefined });
  return (
    <section aria-label="Traces" className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex flex-col gap-2 p-3 pb-2">
        <SearchField label="Find by step, trigger, status, error or id" value={filter.q} onChange={(q) => onFilter({ q })} />
        <div className="flex flex-wrap gap-1.5">
          <FilterMenu label="Status" all="Any status" value={filter.status} choices={STATUS_CHOICES} onChoose={(status) => onFilter({ status })} />
          <FilterMenu label="Step" all="All steps" value={filter.step} choices={(graph?.nodes ?? []).map(({ id }) => ({ value: id, name: id }))} onChoose={(step) => onFilter({ step })} />
          <FilterMenu label="Flow" all="All flows" value={filter.flow} choices={(graph?.flows ?? []).map(({ name }) => ({ value: name, name }))} onChoose={(flow) => onFilter({ flow })} />
          <FilterMenu label="Time" all="Any time" value={filter.minutes} choices={TIMES} onChoose={(minutes) => onFilter({ minutes })} />
        </div>
        <p className="flex items-center gap-2 text-xs text-soft">
          <span className="grow">{isFiltered(filter) ? `${traces.length} of the last ${all.length}` : counted(all.length, "trace")}</span>
          {isFiltered(filter) && <button type="button" onClick={clear} className="text-accent hover:underline">Clear filters</button>}
        </p>
      </div>
      {data === undefined && (error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />)}
      {data !== undefined && traces.length === 0 && <Nothing isFiltered={isFiltered(filter)} onClear={clear} />}
      {traces.length > 0 && (
        <RowList label="Traces, newest first" rows={traces} rowHeight={ROW_HEIGHT} keyOf={({ id }) => id} chosen={chosen} onChoose={onChoose} className="grow" rowClassName="px-2 contain-strict">
          {(trace, isChosen) => <Row trace={trace} isChosen={isChosen} />}
        </RowList>
      )}
    </section>
  );
}

function Row({ trace, isChosen }: { readonly trace: TraceSummary; readonly isChosen: boolean }): ReactNode {
  const what = trace.runs === 1 ? trace.trigger : `${trace.runs} runs of ${counted(trace.steps.length, "step")}`;
  return (
    <div className={classes("flex h-full items-start gap-2 rounded-lg px-2 py-2 transition-colors", isChosen ? "bg-tint" : "hover:bg-page")}>
      <span className="mt-0.5"><StatusIcon status={standingOf(trace)} /></span>
      <span className="min-w-0 grow">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 truncate text-[13px] font-medium">{trace.step}</span>
          <HttpStatus status={trace.httpStatus} />
          <span className="grow" />
          <span className="text-xs whitespace-nowrap text-soft"><Ago at={trace.startedAt} /></span>
        </span>
        <span className="flex gap-2 text-xs text-soft">
          <span className={classes("grow truncate", trace.error !== null && "text-bad")}>{trace.error ?? what}</span>
          <span className="whitespace-nowrap tabular-nums">{trace.durationMs === null ? "" : duration(trace.durationMs)}</span>
        </span>
      </span>
    </div>
  );
}

function Nothing({ isFiltered: isNarrowed, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }): ReactNode {
  return (
    <div className="px-5 py-4 text-[13px] text-soft">
      {isNarrowed ? (
        <>
          <p className="mb-3">No trace fits these filters.</p>
          <Button onClick={onClear}>Clear filters</Button>
        </>
      ) : (
        <p>No other is remembered.</p>
      )}
    </div>
  );
}

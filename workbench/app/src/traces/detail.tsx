/** One trace: how it went as a whole, its waterfall, and the run that is chosen in it. */

import { Link } from "@tanstack/react-router";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Download, RotateCw, ScrollText, Workflow } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { graphQuery } from "../api/rest.js";
import { endOf, standingOf, standingOfAll } from "../api/runs.js";
import type { OriginView, SpanView } from "../api/types.js";
import { arrivalOf } from "../parts/arrival.js";
import { Button, buttonLook } from "../parts/button.js";
import { CopyButton } from "../parts/copy-button.js";
import { HttpStatus } from "../parts/http-status.js";
import { Failed, Loading } from "../parts/notes.js";
import { StatusIcon } from "../parts/statuses.js";
import { counted, duration, exactTime } from "../parts/times.js";
import type { ShownTrace } from "./export/saving.js";
import { SpanDetail } from "./span-detail.js";
import { useSpans, useTick } from "./spans.js";
import { setOffTimes } from "./tree.js";
import { Waterfall, type Nodes } from "./waterfall-view.js";

interface TraceDetailProps {
  readonly trace: string;
  readonly span: string | undefined;
  readonly isAgain: boolean;
  readonly onSpan: (span: string) => void;
  /** Null where the list stands beside it. */
  readonly onBack: (() => void) | null;
}

export function TraceDetail({ trace, span, isAgain, onSpan, onBack }: TraceDetailProps): ReactNode {
  const { spans, replayOf, isFull, error, isRunning } = useSpans(trace);
  const now = useTick(isRunning);
  const { data: graph } = useQuery(graphQuery);
  const nodes = useMemo(() => new Map(graph?.nodes.map((node) => [node.id, node])), [graph]);
  const setOff = useMemo(() => setOffTimes(spans), [spans]);
  const open = openSpan(spans, span);
  if (open === undefined) return error === null ? <Loading /> : <Failed error={error} />;
  const origin = Math.min(...spans.slice(0, 1).map(({ run }) => run.startedAt), open.run.startedAt);
  return (
    <section {...arrivalOf(`trace:${trace}`)} aria-label="Trace" className="flex outline-none min-h-0 min-w-0 grow flex-col">
      <Header trace={trace} spans={spans} nodes={nodes} replayOf={replayOf} isFull={isFull} now={now} onBack={onBack} />
      <div className="flex max-h-[46%] shrink-0 flex-col border-b bg-card">
        <Waterfall key={trace} spans={spans} nodes={nodes} now={now} chosen={open.run.id} onChoose={onSpan} />
      </div>
      <div className="relative min-h-0 grow overflow-y-auto" tabIndex={-1}>
        <SpanDetail span={open} isAgain={isAgain} node={nodes.get(open.run.step)} origin={origin} setOffAt={setOff.get(open.run.id) ?? null} />
      </div>
    </section>
  );
}

/** The one in the address; else what failed first; else where it began. */
function openSpan(spans: readonly SpanView[], id: string | undefined): SpanView | undefined {
  return spans.find(({ run }) => run.id === id) ?? spans.find(({ run }) => standingOf(run) === "error") ?? spans[0];
}

interface HeaderProps {
  readonly trace: string;
  readonly spans: readonly SpanView[];
  readonly nodes: Nodes;
  readonly replayOf: OriginView | null;
  readonly isFull: boolean;
  readonly now: number;
  readonly onBack: (() => void) | null;
}

function Header({ trace, spans, nodes, replayOf, isFull, now, onBack }: HeaderProps): ReactNode {
  const first = spans[0]?.run;
  if (first === undefined) return null;
  const failed = spans.filter(({ run }) => standingOf(run) === "error").length;
  const end = spans.reduce((latest, { run }) => Math.max(latest, endOf(run, now)), 0);
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b bg-card py-2 pr-3 pl-4">
      {onBack !== null && (
        <button type="button" onClick={onBack} aria-label="Back to the list" className="-ml-1 grid size-8 place-items-center rounded-lg text-soft hover:text-text"><ArrowLeft size={17} aria-hidden /></button>
      )}
      <StatusIcon status={standingOfAll(first, spans.map(({ run }) => run))} size={17} />
      <h2 className="min-w-0 truncate text-[15px] font-semibold">{first.step}</h2>
      <HttpStatus status={first.httpStatus} />
      <span className="text-[13px] text-soft tabular-nums">{exactTime(first.startedAt)}</span>
      <span className="text-[13px] whitespace-nowrap text-soft tabular-nums">
        {isFull && "the first "}{counted(spans.length, "run")} · {duration((end - first.startedAt) * 1000)}
        {failed > 0 && <span className="text-bad"> · {failed} failed</span>}
      </span>
      {replayOf !== null && <ReplayOf origin={replayOf} />}
      <span className="grow" />
      <span className="flex items-center font-mono text-xs text-soft max-lg:hidden">
        {trace.slice(0, 12)}…
        <CopyButton label="Copy the trace's id" text={() => trace} />
      </span>
      <Link to="/flows/{-$flow}" search={{ run: trace }} className={buttonLook()}><Workflow size={14} aria-hidden className="text-accent" /><span className="max-sm:sr-only">On the graph</span></Link>
      <Link to="/logs" search={{ trace }} className={buttonLook()}><ScrollText size={14} aria-hidden className="text-accent" /><span className="max-sm:sr-only">Logs</span></Link>
      <Button onClick={() => void saveShownTrace({ trace, spans, nodes, now })}><Download size={14} aria-hidden className="text-accent" /><span className="max-sm:sr-only">Save as HTML</span></Button>
    </header>
  );
}

/** What makes the file is loaded when somebody first wants one. */
export async function saveShownTrace(shown: ShownTrace): Promise<void> {
  const { saveTrace } = await import("./export/saving.js");
  await saveTrace(shown);
}

function ReplayOf({ origin: { traceId, spanId, step } }: { readonly origin: OriginView }): ReactNode {
  return (
    <span className="inline-flex items-center gap-1 text-[13px] text-soft">
      <RotateCw size={13} aria-hidden />
      replay of <Link to="/traces/{-$trace}" params={{ trace: traceId }} search={spanId === null ? {} : { span: spanId }} className="text-accent underline">a run of {step}</Link>
    </span>
  );
}

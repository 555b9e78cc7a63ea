/** One run: how it went, why it failed, what it was given, answered and did, and the ways from it to the rest. */

import { Link } from "@tanstack/react-router";
import { Clock, ListTree, RotateCw, ScrollText, Workflow } from "lucide-react";
import { lazy, Suspense, useMemo, type ReactNode } from "react";
import { streamOf } from "../api/stored.js";
import { standingOf } from "../api/runs.js";
import type { NodeView, SpanView } from "../api/types.js";
import { buttonLook } from "../parts/button.js";
import { HttpStatus } from "../parts/http-status.js";
import { KindTile } from "../parts/kinds.js";
import { Loading } from "../parts/notes.js";
import { STATUSES, StatusIcon } from "../parts/statuses.js";
import { duration } from "../parts/times.js";
import { ValueLink } from "../parts/value-link.js";
import { ErrorCard } from "./error-card.js";
import { Exchange } from "./exchange.js";
import { Marks } from "./marks.js";
import { placesOf } from "./places.js";

const RunAgain = lazy(() => import("./run-again.js").then(({ RunAgain: component }) => ({ default: component })));

interface SpanDetailProps {
  readonly span: SpanView;
  /** Whether it is to be run again; else what it did is shown. */
  readonly isAgain: boolean;
  readonly node: NodeView | undefined;
  /** Seconds since the epoch: when the trace began. */
  readonly origin: number;
  readonly setOffAt: number | null;
}

export function SpanDetail({ span, isAgain, node, origin, setOffAt }: SpanDetailProps): ReactNode {
  const { run } = span;
  return (
    <section aria-label={`Run of ${run.step}`} className="flex flex-col gap-3 p-4">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <KindTile node={node ?? { kind: "noop", isMissing: false }} />
        <div className="min-w-40 grow">
          <h3 className="flex items-center gap-2 text-[15px] leading-5 font-semibold">
            {run.step}
            <StatusIcon status={standingOf(run)} />
            <HttpStatus status={run.httpStatus} />
          </h3>
          <p className="text-xs text-soft">
            <span className={STATUSES[standingOf(run)].text}>{STATUSES[standingOf(run)].word}</span> · <span className="font-mono">{run.trigger}</span>
            {run.attempt > 1 && ` · attempt ${run.attempt}`}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Link
            to="/traces/{-$trace}"
            params={{ trace: run.traceId }}
            search={(before) => ({ ...before, span: run.id, tab: isAgain ? undefined : "again" })}
            replace
            className={buttonLook()}
          >
            {isAgain ? <ListTree size={14} aria-hidden className="text-accent" /> : <RotateCw size={14} aria-hidden className="text-accent" />}
            {isAgain ? "What it did" : "Run again…"}
          </Link>
          {/* From the whole of its trace: the graph shows all that it set off. */}
          <Link to="/flows/{-$flow}" search={{ step: run.step, run: run.traceId }} className={buttonLook()}><Workflow size={14} aria-hidden className="text-accent" />On the graph</Link>
          <Link to="/logs" search={{ trace: run.traceId, step: run.step }} className={buttonLook()}><ScrollText size={14} aria-hidden className="text-accent" />Log lines</Link>
        </div>
      </header>
      <Times span={span} origin={origin} setOffAt={setOffAt} />
      {isAgain ? <Suspense fallback={<Loading />}><RunAgain key={run.id} run={run} /></Suspense> : <Did span={span} />}
    </section>
  );
}

function Did({ span }: Pick<SpanDetailProps, "span">): ReactNode {
  const { run } = span;
  return (
    <>
      {run.status === "error" && <ErrorCard run={run} />}
      {run.status !== "error" && run.error !== null && <p className="text-[13px] text-soft">{run.error}</p>}
      <Exchange key={`exchange ${run.id}`} run={run} />
      <section aria-label="As code">
        <h4 className="mb-1.5 text-xs font-semibold text-soft">What it did</h4>
        <Marks key={run.id} span={span} />
      </section>
      <Values span={span} />
    </>
  );
}

function Times({ span: { run }, origin, setOffAt }: Pick<SpanDetailProps, "span" | "origin" | "setOffAt">): ReactNode {
  const waited = setOffAt === null ? null : (run.startedAt - setOffAt) * 1000;
  return (
    <dl className="flex flex-wrap items-center gap-x-5 gap-y-1 text-[13px] text-soft tabular-nums">
      <Clock size={14} aria-hidden className="-mr-3" />
      <Fact name="began">+{duration(Math.max(0, (run.startedAt - origin) * 1000))}</Fact>
      {waited !== null && <Fact name={run.attempt > 1 ? "waited for this attempt" : "waited in the queue"}>{duration(waited)}</Fact>}
      {run.durationMs === null ? <Fact name="now">still runs</Fact> : <Fact name="took">{duration(run.durationMs)}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className="flex gap-1.5">
      <dt>{name}</dt>
      <dd className="text-text">{children}</dd>
    </div>
  );
}

function Values({ span }: { readonly span: SpanView }): ReactNode {
  const places = useMemo(() => placesOf(span.marks), [span.marks]);
  if (places.length === 0) return null;
  return (
    <section aria-label="Values it wrote">
      <h4 className="mb-1.5 text-xs font-semibold text-soft">Values it wrote</h4>
      <ul className="flex flex-wrap gap-1.5">
        {places.map((place) => (
          <li key={JSON.stringify(place)}>
            <ValueLink place={place} className="inline-block max-w-full truncate rounded-md border px-2 py-0.5 font-mono text-xs">
              {streamOf(place.space) ?? "state"}/{place.group}/{place.key}
            </ValueLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

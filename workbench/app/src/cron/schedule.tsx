/** One schedule. */

import { Link } from "@tanstack/react-router";
import { Clock, Play } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { toast } from "sonner";
import { runCron } from "../api/queued.js";
import type { CronView, RunView } from "../api/types.js";
import { arrivalOf } from "../parts/arrival.js";
import { Ago } from "../parts/ago.js";
import { Button } from "../parts/button.js";
import { KindTile } from "../parts/kinds.js";
import { NodeLink } from "../parts/node-link.js";
import { useNow } from "../parts/now.js";
import { OutcomeLink } from "../parts/outcome-link.js";
import { STATUSES, StatusIcon } from "../parts/statuses.js";
import { duration, until } from "../parts/times.js";
import { isOtherZone, tickTime, zoneTime } from "./ticks.js";
import { useWords } from "./words.js";

const MISFIRES: Readonly<Record<string, string>> = {
  latest: "missed ticks: the last one is made up for",
  all: "missed ticks: all are made up for",
  skip: "missed ticks are skipped",
};

interface ScheduleProps {
  readonly cron: CronView;
  /** What is known of it is over. */
  readonly onOutdated: () => void;
}

export function Schedule({ cron, onOutdated }: ScheduleProps): ReactNode {
  const words = useWords(cron.expression);
  return (
    <article {...arrivalOf(`schedule:${cron.step} ${cron.trigger}`)} aria-label={`${cron.step}, ${cron.expression}`} className="grid gap-x-6 gap-y-4 rounded-2xl border bg-card p-4 md:grid-cols-[minmax(0,1.2fr)_minmax(0,1fr)] xl:grid-cols-[minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1fr)]">
      <header className="flex gap-3 max-xl:md:col-span-2">
        <KindTile node={{ kind: "cron", isMissing: false }} />
        <div className="min-w-0 grow">
          <h2 className="text-[15px] leading-5 font-semibold"><NodeLink step={cron.step} className="text-text!" /></h2>
          <p className="text-[13px]">{words ?? <span className="font-mono">{cron.expression}</span>}</p>
          <p className="mt-0.5 text-xs text-soft">
            {words !== null && <code className="mr-1.5 rounded bg-canvas px-1 py-0.5">{cron.expression}</code>}
            {cron.tz ?? "the server's time"} · {MISFIRES[cron.misfire] ?? cron.misfire}
          </p>
          <RunNow cron={cron} />
        </div>
      </header>
      <Next cron={cron} onOutdated={onOutdated} />
      <section aria-label="Last runs">
        <h3 className="mb-1 text-xs font-semibold text-soft">Last runs</h3>
        {cron.last.length === 0 ? <p className="text-[13px] text-soft">None since the server started.</p> : <ul>{cron.last.map((run) => <li key={run.id}><LastRun run={run} /></li>)}</ul>}
      </section>
    </article>
  );
}

function RunNow({ cron: { step, trigger } }: { readonly cron: CronView }): ReactNode {
  const [isAsking, setAsking] = useState(false);
  const [trace, setTrace] = useState<string>();
  const run = (): void => {
    setAsking(true);
    void runCron(step, trigger)
      .then(({ traceId }) => setTrace(traceId), (error: Error) => void toast.error(error.message))
      .finally(() => setAsking(false));
  };
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2">
      <Button disabled={isAsking} onClick={run}><Play size={14} aria-hidden className="text-accent" />Run now<span className="sr-only"> {step}</span></Button>
      <span role="status">{trace !== undefined && <OutcomeLink trace={trace} />}</span>
    </div>
  );
}

function Next({ cron, onOutdated }: ScheduleProps): ReactNode {
  const now = useNow();
  const coming = cron.next.filter((tick) => tick > now);
  const isOutdated = cron.next.length > 0 && coming.length < cron.next.length;
  useEffect(() => {
    if (isOutdated) onOutdated();
  }, [isOutdated, coming.length]);
  const [first, ...later] = coming;
  return (
    <section aria-label="Next times">
      <h3 className="mb-1 text-xs font-semibold text-soft">Next</h3>
      {first === undefined ? <p className="text-[13px] text-soft">{cron.next.length === 0 ? "It never fires again." : "…"}</p> : (
        <>
          <p className="flex items-baseline gap-2 text-[13px]">
            <Clock size={13} aria-hidden className="shrink-0 self-center text-(--kind-cron)" />
            <span className="font-semibold whitespace-nowrap tabular-nums">{until(first, now)}</span>
            <Tick at={first} now={now} zone={cron.tz} />
          </p>
          <ol aria-label="After that" className="mt-1 flex flex-col gap-0.5 text-xs text-soft">{later.map((tick) => <li key={tick}><Tick at={tick} now={now} zone={cron.tz} /></li>)}</ol>
        </>
      )}
    </section>
  );
}

function Tick({ at, now, zone }: { readonly at: number; readonly now: number; readonly zone: string | null }): ReactNode {
  return (
    <time dateTime={new Date(at * 1000).toISOString()} className="tabular-nums">
      {tickTime(at, now, null)}
      {isOtherZone(zone, at) && <span className="text-soft"> ({zoneTime(at, zone)} in {zone})</span>}
    </time>
  );
}

function LastRun({ run }: { readonly run: RunView }): ReactNode {
  return (
    <Link to="/traces/{-$trace}" params={{ trace: run.traceId }} search={{ span: run.id }} className="-mx-1.5 flex items-center gap-2 rounded-md px-1.5 py-0.5 text-[13px] hover:bg-page">
      <StatusIcon status={run.status} size={14} />
      <span aria-hidden>{STATUSES[run.status].word}</span>
      <span className="min-w-0 grow truncate text-xs text-soft">{run.error ?? (run.durationMs === null ? "" : duration(run.durationMs))}</span>
      <Ago at={run.startedAt} className="text-xs whitespace-nowrap text-soft" />
    </Link>
  );
}

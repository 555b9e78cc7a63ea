/** The chosen run: lights its path on the graph, and plays it back by its own times. */

import { useQuery } from "@tanstack/react-query";
import { Pause, Play, SkipBack, SkipForward, X } from "lucide-react";
import { Slider } from "radix-ui";
import { useEffect, useLayoutEffect, useMemo, useState, type ReactNode } from "react";
import { traceQuery } from "../api/rest.js";
import { standingOf } from "../api/runs.js";
import type { EdgeView, RunView } from "../api/types.js";
import { runsOfTrace, useLive } from "../live/store.js";
import { IconButton } from "../parts/button.js";
import { HttpStatus } from "../parts/http-status.js";
import { StatusIcon } from "../parts/statuses.js";
import { counted, duration, exactTime } from "../parts/times.js";
import { useLit } from "./lit.js";
import { mergedRuns, pathOf, undeclaredWays, waysOf } from "./path.js";
import { momentAfter, momentBefore, paceOf, playbackOf, type Playback } from "./playback.js";

interface RunBarProps {
  readonly trace: string;
  readonly edges: readonly EdgeView[];
  /** The steps that are drawn. */
  readonly drawn: ReadonlySet<string>;
  readonly onOpen: (step: string) => void;
  readonly onClose: () => void;
  readonly onShowAll: () => void;
}

export function RunBar({ trace, edges, drawn, onOpen, onClose, onShowAll }: RunBarProps): ReactNode {
  const { runs, error } = useRuns(trace);
  const playback = useMemo(() => playbackOf(runs), [runs]);
  const player = usePlayer(playback);
  const at = player.at === null ? Infinity : playback.from + player.at / 1000;
  const declared = useMemo(() => waysOf(edges), [edges]);
  const undeclared = useMemo(() => undeclaredWays(runs, declared), [runs, declared]);
  const path = useMemo(() => pathOf(runs, [...declared, ...undeclared], at), [runs, declared, undeclared, at]);
  useLayoutEffect(() => {
    useLit.setState({ path: runs.length === 0 ? null : path, undeclared });
    return () => useLit.setState({ path: null, undeclared: [] });
  }, [path, undeclared, runs.length]);
  const elsewhere = [...path.steps.keys()].filter((step) => !drawn.has(step)).length;
  const [first] = runs;
  return (
    <section
      aria-label="Chosen run"
      className="absolute inset-x-3 bottom-3 z-10 mx-auto max-w-3xl rounded-2xl border bg-raised px-3 pt-2 pb-2.5 shadow-float"
    >
      <div className="flex items-center gap-2 text-[13px]">
        {first === undefined ? <span className="text-soft">{error ?? "Loading…"}</span> : <Title runs={runs} first={first} playback={playback} onOpen={onOpen} />}
        <span className="grow" />
        {elsewhere > 0 && (
          <button type="button" onClick={onShowAll} className="text-xs text-accent underline">{elsewhere} more in other flows</button>
        )}
        <IconButton label="Close the run" side="top" className="-mr-1 h-7" onClick={onClose}><X size={16} aria-hidden /></IconButton>
      </div>
      {first !== undefined && <Scrubber playback={playback} player={player} />}
    </section>
  );
}

interface TitleProps {
  readonly runs: readonly RunView[];
  readonly first: RunView;
  readonly playback: Playback;
  readonly onOpen: (step: string) => void;
}

function Title({ runs, first, playback, onOpen }: TitleProps): ReactNode {
  const failed = runs.filter(({ status }) => status === "error");
  const isRunning = runs.some(({ status }) => status === "running");
  const [firstFailed] = failed;
  return (
    <>
      <StatusIcon status={isRunning ? "running" : failed.length > 0 ? "error" : first.status === "ok" ? standingOf(first) : "ok"} />
      <strong className="truncate font-semibold">{first.step}</strong>
      <HttpStatus status={first.httpStatus} />
      <span className="hidden text-soft tabular-nums sm:inline">{exactTime(first.startedAt)}</span>
      <span className="whitespace-nowrap text-soft max-sm:hidden">{counted(new Set(runs.map(({ step }) => step)).size, "step")}</span>
      <span className="whitespace-nowrap text-soft tabular-nums sm:hidden">{duration(playback.milliseconds)}</span>
      {firstFailed !== undefined && (
        <button type="button" onClick={() => onOpen(firstFailed.step)} title={firstFailed.error ?? undefined} className="min-w-0 truncate text-left text-bad hover:underline">
          {failed.length} failed<span className="max-sm:sr-only">: {firstFailed.error}</span>
        </button>
      )}
    </>
  );
}

/** The runs of a trace: as the server knows them, with what was told since. */
function useRuns(trace: string): { readonly runs: readonly RunView[]; readonly error: string | null } {
  const { data, error } = useQuery(traceQuery(trace));
  const heard = useLive((live) => live.heard);
  const runs = useMemo(() => {
    const asked = data?.spans.map(({ run }) => run) ?? [];
    return mergedRuns(asked, runsOfTrace(trace));
    // `heard` says that there may be others; it is no value of its own.
  }, [data, trace, heard]);
  return { runs, error: runs.length === 0 && error !== null ? error.message : null };
}

interface Player {
  /** Milliseconds since the trace began; null shows it whole. */
  readonly at: number | null;
  readonly isPlaying: boolean;
  setAt(at: number | null): void;
  play(): void;
  pause(): void;
}

function usePlayer(playback: Playback): Player {
  const [at, setAt] = useState<number | null>(null);
  const [isPlaying, setPlaying] = useState(false);
  const pace = paceOf(playback);
  const end = playback.milliseconds;
  useEffect(() => {
    if (!isPlaying) return;
    let before = performance.now();
    let frame = requestAnimationFrame(function tick(now) {
      const passed = (now - before) * pace;
      before = now;
      setAt((current) => Math.min((current ?? 0) + passed, end));
      frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, pace, end]);
  useEffect(() => {
    if (!isPlaying || at === null || at < end) return;
    setPlaying(false);
    setAt(null);
  }, [isPlaying, at, end]);
  return {
    at,
    isPlaying,
    setAt: (next) => {
      setPlaying(false);
      setAt(next === null || next >= end ? null : next);
    },
    play: () => {
      setAt((current) => current ?? 0);
      setPlaying(true);
    },
    pause: () => setPlaying(false),
  };
}

const TICKS = { begin: "bg-strong-line", end: "bg-strong-line/50", failure: "bg-bad" } as const;

function Scrubber({ playback, player }: { readonly playback: Playback; readonly player: Player }): ReactNode {
  const { milliseconds } = playback;
  const at = player.at ?? milliseconds;
  const said = `${duration(at)} of ${duration(milliseconds)}`;
  return (
    <div className="mt-1 flex items-center gap-1">
      <IconButton label="Back to the moment before" side="top" className="h-7 w-7" onClick={() => player.setAt(momentBefore(playback, at))}>
        <SkipBack size={14} aria-hidden />
      </IconButton>
      <IconButton
        label={player.isPlaying ? "Pause" : "Play the run"}
        side="top"
        look="main"
        className="size-7 rounded-full!"
        onClick={player.isPlaying ? player.pause : player.play}
      >
        {player.isPlaying ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden className="ml-0.5" />}
      </IconButton>
      <IconButton label="On to the next moment" side="top" className="h-7 w-7" onClick={() => player.setAt(momentAfter(playback, at))}>
        <SkipForward size={14} aria-hidden />
      </IconButton>
      <Slider.Root
        min={0}
        max={milliseconds}
        step={milliseconds / 200}
        value={[at]}
        onValueChange={([value]) => player.setAt(value ?? null)}
        className="relative mx-2 flex h-7 grow touch-none items-center"
      >
        <Slider.Track className="relative h-1.5 grow rounded-full bg-line">
          <Slider.Range className="absolute h-full rounded-full bg-accent" />
        </Slider.Track>
        {playback.moments.map((moment, index) => (
          <span
            key={index}
            aria-hidden
            className={`absolute h-3 w-0.5 -translate-x-1/2 rounded-full ${TICKS[moment.kind]}`}
            style={{ left: `${(moment.at / milliseconds) * 100}%` }}
          />
        ))}
        <Slider.Thumb aria-label="Time of the run" aria-valuetext={said} className="relative block size-4 rounded-full border-2 border-card bg-accent shadow-float" />
      </Slider.Root>
      <span className="min-w-28 text-right text-xs whitespace-nowrap text-soft tabular-nums max-sm:hidden">{said.replace(" of ", " / ")}</span>
    </div>
  );
}

/** The runs of a trace on a line of time: who set off whom, who waited how long, what still runs. */

import { ChevronRight } from "lucide-react";
import { memo, useMemo, useState, type ReactNode } from "react";
import { endOf, standingOf } from "../api/runs.js";
import type { NodeView, RunView, SpanView } from "../api/types.js";
import { classes } from "../parts/class-names.js";
import { HttpStatus } from "../parts/http-status.js";
import { KindTile, kindOf } from "../parts/kinds.js";
import { NARROW, useMedia } from "../parts/media.js";
import { RowList } from "../parts/row-list.js";
import { STATUSES } from "../parts/statuses.js";
import { duration } from "../parts/times.js";
import { rowsOf, type SpanRow } from "./tree.js";
import { Axis, Grid, ZoomBar } from "./time-axis.js";
import { barOf, stretchOf, type Window } from "./waterfall.js";
import "./traces.css";
import { useWheel, useWindow, ZOOM_STEP, zoomActions } from "./zoom.js";

const ROW_HEIGHT = 30;
const NAME_WIDTH = 290;
const NARROW_NAME_WIDTH = 150;
/** Deeper runs are not moved in any further. */
const DEEPEST = 14;
/** More ticks than this on a bar tell nothing. */
const MOST_MARKS = 60;
/** On bars that take less of the width, marks are only noise. */
const SHORT_BAR = 0.06;

export type Nodes = ReadonlyMap<string, NodeView>;

interface WaterfallProps {
  readonly spans: readonly SpanView[];
  readonly nodes: Nodes;
  readonly now: number;
  readonly chosen: string | undefined;
  readonly onChoose: (span: string) => void;
}

export function Waterfall({ spans, nodes, now, chosen, onChoose }: WaterfallProps): ReactNode {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => rowsOf(spans, closed), [spans, closed]);
  const { extent, window, setWindow } = useWindow(spans, now);
  const names = useMedia(NARROW) ? NARROW_NAME_WIDTH : NAME_WIDTH;
  const wheel = useWheel(names, extent, window, setWindow);
  const chosenRun = spans.find(({ run }) => run.id === chosen)?.run;
  const { zoom, toRun, onKey } = zoomActions({ extent, window, setWindow }, chosenRun, now);
  const open = ({ span }: SpanRow, isOpen: boolean): void => {
    const next = new Set(closed);
    if (isOpen) next.delete(span.run.id);
    else next.add(span.run.id);
    setClosed(next);
  };
  return (
    <div className="flex min-h-0 flex-col">
      <div className="flex shrink-0 items-end border-b [scrollbar-gutter:stable] overflow-hidden">
        <div className="flex shrink-0 items-center border-r" style={{ width: names }}>
          <ZoomBar window={window} extent={extent} hasRun={chosenRun !== undefined} onZoom={zoom} onFit={() => setWindow(extent)} onRun={toRun} stepBy={ZOOM_STEP} />
        </div>
        <Axis window={window} origin={extent.from} />
      </div>
      <div ref={wheel} className="relative flex min-h-0 flex-col">
        <Grid window={window} origin={extent.from} left={names} />
        <RowList
          label="Runs of the trace"
          rows={rows}
          rowHeight={ROW_HEIGHT}
          keyOf={({ span }) => span.run.id}
          chosen={chosen}
          onChoose={onChoose}
          onKey={onKey}
          tree={{ levelOf: ({ depth }) => depth, isOpen: ({ children, isOpen }) => (children === 0 ? undefined : isOpen), onOpen: open }}
          className="[scrollbar-gutter:stable]"
          rowClassName="flex contain-strict"
        >
          {(row, isChosen) => (
            <Row row={row} node={nodes.get(row.span.run.step)} window={window} now={row.span.run.durationMs === null ? now : 0} names={names} isChosen={isChosen} onOpen={open} />
          )}
        </RowList>
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: SpanRow;
  readonly node: NodeView | undefined;
  readonly window: Window;
  /** Of use only while it runs. */
  readonly now: number;
  readonly names: number;
  readonly isChosen: boolean;
  readonly onOpen: (row: SpanRow, isOpen: boolean) => void;
}

// Compared by what is drawn: `onOpen` is another one each time, and does the same.
const Row = memo(
  function Row({ row, node, window, now, names, isChosen, onOpen }: RowProps): ReactNode {
    const { run } = row.span;
    return (
      <div className={classes("flex grow items-stretch", isChosen ? "bg-tint" : "hover:bg-page/70")}>
        <div className="flex shrink-0 items-center gap-1.5 overflow-hidden border-r pr-2 text-[13px]" style={{ width: names, paddingLeft: 6 + Math.min(row.depth, DEEPEST) * 14 }}>
          <span
            aria-hidden
            className="grid size-5 shrink-0 place-items-center rounded text-soft"
            onClick={(event) => {
              if (row.children === 0) return;
              event.stopPropagation();
              onOpen(row, !row.isOpen);
            }}
          >
            {row.children > 0 && <ChevronRight size={14} className={classes("transition-transform", row.isOpen && "rotate-90")} />}
          </span>
          <KindTile node={node ?? { kind: "noop", isMissing: false }} size="small" />
          <span className={classes("truncate", isChosen && "font-semibold")}>{run.step}</span>
          <HttpStatus status={run.httpStatus} />
          {run.attempt > 1 && <span className="shrink-0 rounded bg-warn-tint px-1 text-[11px] text-warn"><span className="max-md:hidden">attempt {run.attempt}</span><span className="md:hidden">#{run.attempt}</span></span>}
          {!row.isOpen && <span className="shrink-0 text-[11px] text-soft">+{row.children}</span>}
          <span className="sr-only">{wordsOf(row)}</span>
        </div>
        <div aria-hidden className="relative grow overflow-hidden">
          <Wait row={row} window={window} />
          <Bar run={run} marks={row.span.marks} colour={node === undefined ? "var(--soft)" : kindOf(node).colour} window={window} now={now} lastLabel={names < NAME_WIDTH ? 0.6 : 0.88} />
        </div>
      </div>
    );
  },
  (one, other) =>
    one.row.span === other.row.span &&
    one.row.isOpen === other.row.isOpen &&
    one.row.children === other.row.children &&
    one.row.setOffAt === other.row.setOffAt &&
    one.node === other.node &&
    one.window === other.window &&
    one.now === other.now &&
    one.names === other.names &&
    one.isChosen === other.isChosen,
);

/** What the line of time shows, in words. */
function wordsOf({ span: { run }, setOffAt }: SpanRow): string {
  const took = run.durationMs === null ? "" : `, took ${duration(run.durationMs)}`;
  const waited = setOffAt === null ? "" : `, waited ${duration((run.startedAt - setOffAt) * 1000)}`;
  return `, ${STATUSES[standingOf(run)].word}${took}${waited}`;
}

/** From when it was set off to its begin: it stood in a queue, or waited for its next attempt. */
function Wait({ row: { span, setOffAt }, window }: { readonly row: SpanRow; readonly window: Window }): ReactNode {
  const stretch = setOffAt === null ? null : stretchOf(setOffAt, span.run.startedAt, window);
  if (stretch === null) return null;
  return (
    <span className="absolute top-[9px] h-3 border-l border-strong-line" style={{ left: `${stretch.left * 100}%`, width: `${stretch.width * 100}%` }}>
      <span className="absolute inset-x-0 top-1/2 border-t border-dashed border-strong-line" />
    </span>
  );
}

interface BarProps {
  readonly run: RunView;
  readonly marks: SpanView["marks"];
  readonly colour: string;
  readonly window: Window;
  readonly now: number;
  /** Of bars that end behind this share of the width the label stands before them. */
  readonly lastLabel: number;
}

function Bar({ run, marks, colour, window, now, lastLabel }: BarProps): ReactNode {
  const bar = barOf(run, window, now);
  if (bar === null) return null;
  const text = run.durationMs === null ? `${duration((endOf(run, now) - run.startedAt) * 1000)} …` : duration(run.durationMs);
  const standing = standingOf(run);
  const isFailed = standing === "error";
  const end = bar.left + bar.width;
  return (
    <>
      <span
        className={classes("absolute inset-y-[7px] min-w-[3px] rounded-[4px]", run.status === "running" && "bar-running", run.status === "skipped" && "opacity-50")}
        style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%`, background: isFailed ? "var(--bad)" : colour }}
      />
      {marks.slice(0, MOST_MARKS).map(({ at, kind }, index) => {
        const place = stretchOf(at, at, window);
        if (place === null || bar.width < SHORT_BAR) return null;
        return <span key={index} className={classes("absolute top-[7px] h-[5px] w-[2px]", kind === "emit" ? "bg-card" : "bg-card/70")} style={{ left: `${place.left * 100}%` }} />;
      })}
      <span
        className={classes("absolute top-1/2 -translate-y-1/2 rounded px-1.5 text-[11px] whitespace-nowrap tabular-nums", isFailed ? "font-medium text-bad" : standing === "refused" ? "text-warn" : "text-soft")}
        // Before the bar it lies on the line of waiting.
        style={end > lastLabel && bar.left > 0.2 ? { right: `${(1 - bar.left) * 100}%`, background: "var(--card)" } : { left: `${end * 100}%` }}
      >
        {text}
        {(isFailed || standing === "refused") && ` ${STATUSES[standing].word}`}
      </span>
    </>
  );
}

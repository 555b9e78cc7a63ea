/** The waterfall of a trace as HTML: a list of its runs, each with its bar. Pure. */

import { standingOf } from "../../api/runs.js";
import type { NodeView, RunView } from "../../api/types.js";
import { kindOf } from "../../parts/kinds.js";
import { markup, type Markup } from "../../parts/markup.js";
import { STATUSES } from "../../parts/statuses.js";
import { duration } from "../../parts/times.js";
import type { SpanRow } from "../tree.js";
import { barOf, extentOf, stretchOf, ticksOf, type Stretch, type Window } from "../waterfall.js";

/** Deeper runs are not moved in any further. */
const DEEPEST = 10;
const MOST_TICKS = 5;

export function runId(index: number): string {
  return `run-${index + 1}`;
}

export function waterfall(rows: readonly SpanRow[], nodes: ReadonlyMap<string, NodeView>, now: number): Markup {
  const window = extentOf(rows.map(({ span }) => span), now);
  const ticks = ticksOf(window, window.from, MOST_TICKS).filter(({ left }) => left < 0.92);
  return markup`<div class="axis" aria-hidden="true"><div class="track">${ticks.map(({ left, text }) => markup`<span style="left: ${percent(left)}">${text}</span>`)}</div></div>
<ol class="waterfall">${rows.map((row, index) => line(row, index, nodes.get(row.span.run.step), window, now))}</ol>
`;
}

function line({ span: { run }, depth, setOffAt }: SpanRow, index: number, node: NodeView | undefined, window: Window, now: number): Markup {
  const wait = setOffAt === null ? null : stretchOf(setOffAt, run.startedAt, window);
  const bar = barOf(run, window, now);
  const standing = standingOf(run);
  const colour = standing === "error" ? "var(--bad)" : node === undefined ? "var(--soft)" : kindOf(node).colour;
  return markup`<li><a href="#${runId(index)}" style="padding-left: ${Math.min(depth, DEEPEST) * 0.8}rem">${run.step}${run.attempt > 1 ? ` (attempt ${run.attempt})` : ""}</a>
<div class="track">${wait === null ? null : markup`<i class="wait" style="${placeOf(wait)}"></i>`}${bar === null ? null : markup`<i class="bar" style="${placeOf(bar)}; background: ${colour}"></i><span class="took${standing === "error" || standing === "refused" ? ` is-${standing}` : ""}" style="${besideBar(bar)}">${tookText(run)}</span>`}</div></li>
`;
}

function tookText(run: RunView): string {
  const standing = standingOf(run);
  const { word } = STATUSES[standing];
  if (run.durationMs === null) return word;
  return standing === "ok" ? duration(run.durationMs) : `${duration(run.durationMs)}, ${word}${run.httpStatus === null ? "" : ` (${run.httpStatus})`}`;
}

function placeOf({ left, width }: Stretch): string {
  return `left: ${percent(left)}; width: ${percent(width)}`;
}

/** Behind it, or before it where there is no room. */
function besideBar({ left, width }: Stretch): string {
  return left + width > 0.7 && left > 0.3 ? `right: ${percent(1 - left)}` : `left: ${percent(left + width)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}

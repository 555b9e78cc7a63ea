/** One run of a trace as HTML: how it went, why it failed, what it did as code. Pure. */

import { standingOf } from "../../api/runs.js";
import type { MarkView } from "../../api/types.js";
import { pretty } from "../../json/json.js";
import { kindOf } from "../../parts/kinds.js";
import { markup, type Markup } from "../../parts/markup.js";
import { STATUSES } from "../../parts/statuses.js";
import { duration } from "../../parts/times.js";
import { partsOfCode } from "../code-parts.js";
import { tracebackOf } from "../traceback.js";
import type { SpanRow } from "../tree.js";
import { exchange } from "./page-exchange.js";
import { runId } from "./page-waterfall.js";
import type { Told } from "./page.js";

export function runArticle({ span: { run, marks }, setOffAt }: SpanRow, index: number, told: Told): Markup {
  const node = told.nodes.get(run.step);
  const exchanged = told.exchanged.get(run.id);
  const began = run.startedAt - (told.spans[0]?.run.startedAt ?? run.startedAt);
  const facts = [
    run.httpStatus === null ? "" : `answered ${run.httpStatus}`,
    `began +${duration(Math.max(0, began * 1000))}`,
    setOffAt === null ? "" : `waited ${duration((run.startedAt - setOffAt) * 1000)}`,
    run.durationMs === null ? "still runs" : `took ${duration(run.durationMs)}`,
    run.attempt > 1 ? `attempt ${run.attempt}` : "",
    node === undefined ? "" : `${node.file}:${node.line}`,
  ].filter((fact) => fact !== "");
  return markup`<article id="${runId(index)}" style="border-left-color: ${node === undefined ? "var(--soft)" : kindOf(node).colour}">
<h3>${run.step} <span class="status is-${standingOf(run)}">${STATUSES[standingOf(run)].word}</span></h3>
<p class="soft"><code>${run.trigger}</code> · ${facts.join(" · ")}</p>
${why(run, told)}${exchanged === undefined ? null : exchange(run, exchanged)}${marks.length === 0 ? markup`<p class="soft">${run.marks === 0 ? "It emitted, wrote and logged nothing." : "What it did is not kept."}</p>` : markup`<ol class="marks">${marks.map((mark) => did(mark, run.startedAt))}</ol>`}${run.marks > marks.length && marks.length > 0 ? markup`<p class="soft">More than ${marks.length} things are not recorded.</p>` : null}
</article>
`;
}

function why(run: SpanRow["span"]["run"], { logs }: Told): Markup | null {
  if (run.error === null) return null;
  if (run.status !== "error") return markup`<p class="soft">${run.error}</p>`;
  const told = tracebackOf(logs, run);
  const traceback = told === null ? null : markup`<details open><summary>Traceback${told.isOfFirst ? ", of the first attempt" : ""}</summary><pre>${told.traceback.trimEnd()}</pre></details>`;
  return markup`<div class="error"><p><b>${run.error}</b></p>${traceback}</div>
`;
}

/** A value that is too long for its line stands below it. */
function did({ at, kind, name, code, detail }: MarkView, startedAt: number): Markup {
  const isLoud = kind === "log" && (name === "warning" || name === "error");
  const parts = partsOfCode(code).map(({ kind: part, text }) => (part === null ? text : markup`<span class="code-${part}">${text}</span>`));
  const time = duration(Math.max(0, (at - startedAt) * 1000));
  const line = markup`<span class="line"><time>+${time}</time> <code${isLoud ? markup` class="loud"` : null}>${parts}</code></span>`;
  const isWhole = !code.includes("…");
  return markup`<li class="is-${kind}">${isWhole ? line : markup`<details><summary>${line}</summary><pre>${pretty(detail)}</pre></details>`}</li>
`;
}

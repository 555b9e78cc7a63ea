/** A trace as one HTML page that needs nothing else: no server, no script, no second file. Pure. */

import type { LogView, NodeView, ProjectView, SpanView } from "../../api/types.js";
import { endOf, standingOf, standingOfAll } from "../../api/runs.js";
import { inShort } from "../../json/json.js";
import { markup, Markup, type Part } from "../../parts/markup.js";
import { STATUSES } from "../../parts/statuses.js";
import { counted, duration, exactTime } from "../../parts/times.js";
import appStyles from "../../styles.css?raw";
import { rowsOf } from "../tree.js";
import type { Exchanged } from "./page-exchange.js";
import { runArticle } from "./page-run.js";
import { waterfall } from "./page-waterfall.js";
import pageStyles from "./page.css?raw";

export interface Told {
  readonly trace: string;
  readonly spans: readonly SpanView[];
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly logs: readonly LogView[];
  /** By the id of the run; of a large trace only the first ones. */
  readonly exchanged: ReadonlyMap<string, Exchanged>;
  readonly project: Pick<ProjectView, "name" | "version">;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** Nothing may be loaded or run, whatever stands in the page. */
const RULES = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/** The app's colours, for both themes. */
const COLOURS = /:root \{[^}]*\}/.exec(appStyles)?.[0] ?? "";

export function tracePage(told: Told): string {
  const { spans, project, now } = told;
  const rows = rowsOf(spans, new Set());
  const first = spans[0]?.run;
  const title = `${first?.step ?? "Trace"}, ${first === undefined ? "" : dayOf(first.startedAt)}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${RULES}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${project.name}</title>
<style>
${new Markup(COLOURS)}
${new Markup(pageStyles)}</style>
</head>
<body>
${heading(told)}
<main>
<section aria-labelledby="waterfall"><h2 id="waterfall">Runs in time</h2>
${waterfall(rows, told.nodes, now)}</section>
<section aria-labelledby="runs"><h2 id="runs">What each run did</h2>
${told.exchanged.size < rows.length ? markup`<p class="soft">What was given and answered is here of the first ${counted(told.exchanged.size, "run")}.</p>` : null}
${rows.map((row, index) => runArticle(row, index, told))}</section>
${log(told)}</main>
<footer>Saved from the workbench of motia_py ${project.version}, project ${project.name}, on ${dayOf(now)} at ${exactTime(now)}. Values under the names of secrets are masked.</footer>
</body>
</html>
`.source;
}

function heading({ trace, spans, now }: Told): Markup {
  const runs = spans.map(({ run }) => run);
  const [first] = runs;
  if (first === undefined) return markup`<header><h1>Trace</h1><p>It holds no runs.</p></header>`;
  const failed = runs.filter((run) => standingOf(run) === "error").length;
  const status = standingOfAll(first, runs);
  const end = Math.max(...runs.map((run) => endOf(run, now)));
  const facts: readonly (readonly [string, Part])[] = [
    ["Set off by", markup`<code>${first.trigger}</code>`],
    ["Answered", first.httpStatus === null ? "" : String(first.httpStatus)],
    ["Began", `${dayOf(first.startedAt)} ${exactTime(first.startedAt)}`],
    [status === "running" ? "Runs since" : "Took", duration((end - first.startedAt) * 1000)],
    ["Runs", failed === 0 ? counted(runs.length, "run") : `${counted(runs.length, "run")}, ${failed} failed`],
    ["Trace", markup`<code>${trace}</code>`],
  ];
  return markup`<header>
<h1>${first.step} <span class="status is-${status}">${STATUSES[status].word}</span></h1>
<dl class="facts">${facts.filter(([, fact]) => fact !== "").map(([name, fact]) => markup`<div><dt>${name}</dt><dd>${fact}</dd></div>`)}</dl>
</header>`;
}

function log({ logs }: Told): Markup | null {
  if (logs.length === 0) return null;
  return markup`<section aria-labelledby="log"><h2 id="log">Log</h2>
<ol class="log">${logs.map(logLine)}</ol></section>
`;
}

function logLine({ at, level, step, logger, message, fields }: LogView): Markup {
  const more = typeof fields === "object" && fields !== null && Object.keys(fields).length > 0 ? inShort(fields, 1000) : "";
  return markup`<li class="is-${level}"><time>${exactTime(at)}</time> <b>${level}</b> <span>${step ?? logger}</span> <span class="message">${message}${more === "" ? null : markup` <code>${more}</code>`}</span></li>
`;
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString("sv-SE");
}

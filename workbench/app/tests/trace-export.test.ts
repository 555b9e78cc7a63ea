import { expect, test } from "vitest";
import type { LogView, MarkView, ResponseView, RunInputView, RunView, SpanView } from "../src/api/types.js";
import { partsOfCode } from "../src/traces/code-parts.js";
import { tracePage, type Told } from "../src/traces/export/page.js";
import { tracebackOf } from "../src/traces/traceback.js";
import { handedOn, node, run } from "./samples.js";

const ERROR = 'Traceback (most recent call last):\n  File "steps/cook_step.py", line 9, in handler\nKeyError: <stone>\n';

function mark(code: string, more: Partial<MarkView> = {}): MarkView {
  return { at: 100.002, kind: "emit", name: "order", detail: null, place: null, code, ...more };
}

function span(view: RunView, ...marks: readonly MarkView[]): SpanView {
  return { run: { ...view, marks: marks.length }, marks };
}

function log(message: string, more: Partial<LogView> = {}): LogView {
  const plain = { number: 1, at: 100.003, level: "info", logger: "motia", action: null, step: "Cook", traceId: "t", spanId: "2", fields: {}, traceback: null } as const;
  return { ...plain, message, ...more };
}

const SPANS = [
  span(run("1", "TakeOrder", 0, 5, { trigger: "http(POST /orders)" }), mark("emit('order', {'id': 1})"), mark("emit('order', {'words': 'en…", { detail: { words: "enjoy your meal" } })),
  span(run("2", "Cook", 10, 22, { ...handedOn("1", "order"), status: "error", error: "KeyError: <stone>" })),
  span(run("3", "Cook", 40, null, { ...handedOn("1", "order"), attempt: 2 })),
];
const TOLD: Told = {
  trace: "0af7651916cd43dd",
  spans: SPANS,
  nodes: new Map([["TakeOrder", node("TakeOrder", { kind: "api" })], ["Cook", node("Cook")]]),
  logs: [log("fire lit", { fields: { wood: 2 } }), log("it failed", { level: "error", traceback: ERROR })],
  exchanged: new Map(SPANS.map(({ run: { id } }) => [id, { given: null, response: null }])),
  project: { name: "kitchen", version: "1.2.3" },
  now: 100.06,
};

/** What stands between tags. */
function said(html: string): string {
  return html.replace(/<style>[^]*?<\/style>/, "").replace(/<[^>]*>/g, " ").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&#39;/g, "'").replace(/&quot;/g, '"').replace(/\s+/g, " ");
}

test("a trace's page tells what set it off, how it went, and whose it is", () => {
  const words = said(tracePage(TOLD));

  for (const part of ["TakeOrder running", "Set off by http(POST /orders)", "Runs since 60 ms", "3 runs, 1 failed", "0af7651916cd43dd", "motia_py 1.2.3, project kitchen"]) expect(words).toContain(part);
});

test("each run has a bar, and what it did as code with its time", () => {
  const page = tracePage(TOLD);
  const words = said(page);

  expect(page.match(/class="bar"/g)).toHaveLength(3);
  expect(page).toContain('<i class="bar" style="left: 0.000%; width: 7.062%; background: var(--kind-api)"></i>');
  expect(words).toContain("+2 ms emit ( 'order' , { 'id' : 1 })");
  expect(words).toContain("Cook (attempt 2)");
  expect(words).toContain("waited 8 ms");
});

test("what is cut in its line stands whole below it", () => {
  const page = tracePage(TOLD);

  expect(page.match(/<li class="is-emit"><details>/g)).toHaveLength(1);
  expect(said(page)).toContain('"words": "enjoy your meal"');
});

test("a failure is told with its traceback, and the log with its fields", () => {
  const words = said(tracePage(TOLD));

  expect(words).toContain("KeyError: <stone> Traceback Traceback (most recent call last)");
  expect(words).toContain("info Cook fire lit {wood: 2}");
});

test("the page runs nothing and asks for nothing", () => {
  const page = tracePage(TOLD);

  expect(page).toContain("default-src 'none'".replaceAll("'", "&#39;"));
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:| on[a-z]+=/);
  expect(page).toMatch(/--page: light-dark\(#[0-9a-f]+, #[0-9a-f]+\)/);
  for (const [, href] of page.matchAll(/href="([^"]*)"/g)) expect(page).toContain(`id="${href?.slice(1)}"`);
});

/** The same trace with one text in all places. */
function filledWith(text: string): string {
  const first = run("1", text, 0, 5, { trigger: text, status: "error", error: text });
  const request = { method: text, path: text, query: { [text]: text }, headers: { [text]: text } };
  const given: RunInputView = { step: text, trigger: text, part: "body", value: text, inputSchema: null, request, refusal: null };
  const response: ResponseView = { status: 400, headers: { [text]: text }, body: { [text]: text }, hasBody: true, note: text };
  return tracePage({
    trace: text,
    spans: [span(first, mark(`${text}…`, { kind: text, detail: { [text]: text } }))],
    nodes: new Map([[text, node(text, { file: text })]]),
    logs: [log(text, { step: text, spanId: "1", fields: { [text]: text }, traceback: text })],
    exchanged: new Map([["1", { given, response }]]),
    project: { name: text, version: text },
    now: 101,
  });
}

/** Without those that colour code. */
function tagsOf(html: string): readonly string[] {
  return [...html.matchAll(/<\/?([a-z0-9]+)/g)].map(([tag]) => tag).filter((tag) => !tag.endsWith("span"));
}

test.each(["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>", "'; --x\u0000", "订单"])("no text is markup: %j", (text) => {
  expect(tagsOf(filledWith(text))).toEqual(tagsOf(filledWith("plain")));
  expect(filledWith(text)).not.toContain("\u0000");
});

test("a trace of which nothing is known is a page too", () => {
  expect(said(tracePage({ ...TOLD, spans: [], logs: [] }))).toContain("It holds no runs");
});

test("a line of code falls into parts that make it up again", () => {
  const line = `emit('it\\'s', {"n": 12.5, 'ok': True})  # in /chat`;

  expect(partsOfCode(line).map(({ text }) => text).join("")).toBe(line);
  expect(partsOfCode(line).flatMap(({ kind, text }) => (kind === null ? [] : [`${kind} ${text}`]))).toEqual([
    "name emit", "text 'it\\'s'", 'text "n"', "number 12.5", "text 'ok'", "word True", "comment # in /chat",
  ]);
});

test("a later attempt shows the traceback of the first", () => {
  const told = tracebackOf([log("failed", { traceback: ERROR })], run("9", "Cook", 50, 60));
  expect(told).toEqual({ traceback: ERROR, isOfFirst: true });
});

test("each run has what it was given and answered, and its status", () => {
  const refused = span(run("9", "Book", 0, 3, { trigger: "http(POST /tables)", httpStatus: 403 }));
  const given: RunInputView = {
    step: "Book", trigger: "http(POST /tables)", part: "body", value: { guests: "<9>" }, inputSchema: null, refusal: null,
    request: { method: "POST", path: "/tables", query: {}, headers: { authorization: "***" } },
  };
  const response: ResponseView = { status: 403, headers: {}, body: { error: "too many" }, hasBody: true, note: null };
  const page = tracePage({ ...TOLD, spans: [refused], exchanged: new Map([["9", { given, response }]]) });
  const words = said(page);

  for (const part of ["Book refused", "Answered 403", "ms, refused (403)", "POST /tables", '"guests": "<9>"', '"authorization": "***"', '"error": "too many"']) expect(words).toContain(part);
  expect(page).not.toContain("<9>");
  expect(words).not.toContain("is here of the first");
});

test("a page says of how many runs it has what was given and answered", () => {
  expect(said(tracePage({ ...TOLD, exchanged: new Map([["1", { given: null, response: null }]]) }))).toContain("is here of the first 1 run.");
});

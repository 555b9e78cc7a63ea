import { expect, test } from "vitest";
import type { GraphView, MarkView, RunView, SpanView, TraceSummary } from "../src/api/types.js";
import { filteredTraces } from "../src/traces/filter.js";
import { mergedSpans } from "../src/traces/spans.js";
import { excerptOf, lineIn } from "../src/traces/traceback.js";
import { rowsOf, setOffTimes } from "../src/traces/tree.js";
import { barOf, extentOf, panned, ticksOf, windowOn, zoomed, zoomOf } from "../src/traces/waterfall.js";

function span(id: string, parentId: string | null, startedAt: number, more: Partial<RunView> = {}, marks: readonly Partial<MarkView>[] = []): SpanView {
  const plain = { traceId: "t", step: id, trigger: "queue(go)", status: "ok", httpStatus: null, error: null, attempt: 1, durationMs: 1000, marks: 0 } as const;
  const mark = { at: 0, kind: "emit", name: "go", detail: null, code: "", place: null };
  return { run: { ...plain, id, parentId, startedAt, ...more }, marks: marks.map((each) => ({ ...mark, ...each })) };
}

const NONE: ReadonlySet<string> = new Set();

test("children stand below their parents, in the order in which they began", () => {
  const rows = rowsOf([span("late", "root", 3), span("root", null, 0), span("early", "root", 1), span("leaf", "early", 2)], NONE);

  expect(rows.map(({ span: { run }, depth, children }) => [run.id, depth, children])).toEqual([
    ["root", 0, 2],
    ["early", 1, 1],
    ["leaf", 2, 0],
    ["late", 1, 0],
  ]);
});

test("what was set off by somebody else's trace is a root", () => {
  expect(rowsOf([span("a", "elsewhere", 0)], NONE)[0]?.depth).toBe(0);
});

test("a closed run hides all that is below it", () => {
  const rows = rowsOf([span("a", null, 0), span("b", "a", 1), span("c", "b", 2)], new Set(["a"]));
  expect(rows.map(({ span: { run }, isOpen }) => [run.id, isOpen])).toEqual([["a", false]]);
});

test("a chain of thousands is no deeper than it can be", () => {
  const chain = Array.from({ length: 5000 }, (_, n) => span(String(n), n === 0 ? null : String(n - 1), n));
  expect(rowsOf(chain, NONE).at(-1)?.depth).toBe(4999);
});

test("each run was set off by its own emit of the topic", () => {
  const root = span("root", null, 0, {}, [{ at: 0.1 }, { at: 0.2, name: "other" }, { at: 0.5 }]);
  const times = setOffTimes([root, span("1", "root", 1, { step: "A" }), span("2", "root", 2, { step: "A" }), span("3", "root", 3, { step: "B" })]);

  expect([...times]).toEqual([["1", 0.1], ["2", 0.5], ["3", 0.1]]);
});

test("a further attempt was set off by the end of the one before", () => {
  const parts = { step: "A" } as const;
  const spans = [span("root", null, 0, {}, [{ at: 0 }]), span("1", "root", 1, parts), span("2", "root", 4, { ...parts, attempt: 2 })];
  expect(setOffTimes(spans).get("2")).toBe(2);
});

test("what watches state was set off by the last write before it", () => {
  const root = span("root", null, 0, {}, [{ at: 0.1, kind: "state" }, { at: 0.2, kind: "state" }, { at: 9, kind: "state" }]);
  expect(setOffTimes([root, span("w", "root", 1, { trigger: "state(carts)" })]).get("w")).toBe(0.2);
});

test("an emit that is not recorded any more leaves the time unknown", () => {
  expect(setOffTimes([span("root", null, 0), span("1", "root", 1)]).size).toBe(0);
});

test("a bar takes the share of the window that it ran", () => {
  const window = { from: 10, to: 20 };
  const whole = barOf(span("a", null, 12).run, window, 0);
  expect(whole?.left).toBeCloseTo(0.2);
  expect(whole?.width).toBeCloseTo(0.1);
  expect(barOf(span("a", null, 9.5).run, window, 0)).toEqual({ left: 0, width: 0.05 });
  expect(barOf(span("a", null, 30).run, window, 0)).toBeNull();
});

test("what still runs ends now", () => {
  const running = span("a", null, 10, { status: "running", durationMs: null });
  expect(barOf(running.run, { from: 10, to: 20 }, 15)).toEqual({ left: 0, width: 0.5 });
  expect(extentOf([running], 14).from).toBe(10);
  expect(extentOf([running], 14).to).toBeCloseTo(14.72);
});

test("zooming keeps the moment under the pointer in its place, within the trace", () => {
  const extent = { from: 0, to: 100 };
  const near = zoomed(extent, extent, 2, 25);

  expect(near).toEqual({ from: 12.5, to: 62.5 });
  expect(zoomOf(near, extent)).toBe(2);
  expect(zoomed(near, extent, 0.1, 30)).toEqual(extent);
  expect(panned(near, extent, 1000)).toEqual({ from: 50, to: 100 });
  expect(windowOn(span("a", null, 10).run, extent, 0)).toEqual({ from: 9.85, to: 11.15 });
});

test("ticks are round times", () => {
  const texts = ticksOf({ from: 100, to: 101 }, 100, 5).map(({ text }) => text);
  expect(texts).toEqual(["0", "200 ms", "400 ms", "600 ms", "800 ms", "1.0 s"]);
  expect(ticksOf({ from: 100.0001, to: 100.0002 }, 100, 4).map(({ text }) => text)).toEqual(["0.10 ms", "0.15 ms", "0.20 ms"]);
});

test("traces are found by flow, step, status, time and text", () => {
  const plain = { trigger: "http(POST /a)", status: "ok", httpStatus: null, error: null, durationMs: 1, runs: 1 } as const;
  const traces: TraceSummary[] = [
    { ...plain, id: "1", step: "A", steps: ["A", "B"], startedAt: 1000 },
    { ...plain, id: "2", step: "C", steps: ["C"], startedAt: 4000, status: "error", error: "ValueError: Bad" },
  ];
  const graph = { flows: [{ name: "shop", steps: ["B"] }] } as unknown as GraphView;
  const found = (filter: object): readonly string[] => filteredTraces(traces, filter, graph, 4060).map(({ id }) => id);

  expect(found({})).toEqual(["1", "2"]);
  expect(found({ flow: "shop" })).toEqual(["1"]);
  expect(found({ step: "C" })).toEqual(["2"]);
  expect(found({ status: "error" })).toEqual(["2"]);
  expect(found({ minutes: "5" })).toEqual(["2"]);
  expect(found({ q: "bad" })).toEqual(["2"]);
  expect(found({ q: "post /" })).toEqual(["1", "2"]);
});

test("a trace that answered 4xx is refused and not done, one that answered 5xx is failed", () => {
  const plain = { trigger: "http(POST /a)", step: "A", steps: ["A"], error: null, durationMs: 1, startedAt: 1000, runs: 1 } as const;
  const traces: TraceSummary[] = [
    { ...plain, id: "created", status: "ok", httpStatus: 201 },
    { ...plain, id: "forbidden", status: "ok", httpStatus: 403 },
    { ...plain, id: "gone", status: "ok", httpStatus: 503 },
    { ...plain, id: "condition", status: "skipped", httpStatus: 422 },
    { ...plain, id: "event", status: "ok", httpStatus: null },
    { ...plain, id: "later", status: "error", httpStatus: 202 },
  ];
  const found = (filter: object): readonly string[] => filteredTraces(traces, filter, undefined, 1000).map(({ id }) => id);

  expect(found({ status: "ok" })).toEqual(["created", "event"]);
  expect(found({ status: "refused" })).toEqual(["forbidden", "condition"]);
  expect(found({ status: "error" })).toEqual(["gone", "later"]);
  expect(found({ status: "skipped" })).toEqual(["condition"]);
  expect(found({ q: "403" })).toEqual(["forbidden"]);
});

test("the place of an error is the last one in the file, of the error told last", () => {
  const traceback = [
    "Traceback (most recent call last):",
    '  File "/p/steps/a_step.py", line 3, in first',
    "KeyError: 'x'",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "/p/steps/a_step.py", line 9, in handler',
    '  File "/p/lib.py", line 70, in deep',
    "ValueError: y",
  ].join("\n");

  expect(lineIn(traceback, "/p/steps/a_step.py")).toBe(9);
  expect(lineIn(traceback, "/p/other.py")).toBeNull();
});

test("an excerpt holds the lines around one, as far as there are some", () => {
  expect(excerptOf("a\nb\nc\nd", 2, 1).map(({ number, text }) => `${number}${text}`)).toEqual(["1a", "2b", "3c"]);
  expect(excerptOf("a\nb", 9, 1)).toEqual([]);
});

test("what was heard of a trace is newer than what was asked for, unless it had ended", () => {
  const told = (id: string, status: RunView["status"]): SpanView => span(id, null, 0, { status });
  const asked = [told("1", "running"), told("2", "ok")];

  expect(mergedSpans(asked, [told("2", "running").run])).toBe(asked);
  const merged = mergedSpans(asked, [told("1", "error").run, told("3", "running").run]);
  expect(merged.map(({ run: { id, status } }) => `${id} ${status}`)).toEqual(["1 error", "2 ok", "3 running"]);
});

import { expect, test } from "vitest";
import { mermaidOf } from "../src/flows/export/mermaid.js";
import { COLOURS, type Colour, type DrawnEdge, type Look, type Picture } from "../src/flows/export/picture.js";
import { svgOf } from "../src/flows/export/svg.js";
import { fitted, widthOf } from "../src/flows/export/text-width.js";
import { layoutOf } from "../src/flows/layout.js";
import { pathOf, waysOf } from "../src/flows/path.js";
import type { EdgeView, NodeView } from "../src/api/types.js";
import { edge, handedOn, node, run, trigger } from "./samples.js";

const ICON = '<path d="M0 0h24"></path>';
const KINDS = ["api", "event", "cron", "noop", "stream", "state", "socket", "missing"] as const;
const LOOK: Look = {
  colours: Object.fromEntries(COLOURS.map((name, index) => [name, `#0000${String(index + 10)}`])) as Record<Colour, string>,
  icons: Object.fromEntries(KINDS.map((kind) => [kind, ICON])) as Look["icons"],
};
const BROKEN = { file: "a_step.py", line: 3, kind: "syntax", message: "no", advice: "", excerpt: [], servedSince: null };
const NASTY = ['say "hi"', "a[b](c){d}|e|", "</text><script>alert(1)</script>", "two\nlines\u0000", "订单 größe 🚚", "1. list `code` *bold* __x__", "%%{init}%%;end", "#quot;&amp;"];

function picture(nodes: readonly NodeView[], edges: readonly EdgeView[], more: Partial<Picture> = {}): Picture {
  const drawn: DrawnEdge[] = edges.map((view) => ({ view, lane: 0, isUndeclared: false }));
  return { title: "shop", nodes, edges: drawn, places: layoutOf(nodes, edges), path: null, ...more };
}

const SHOP = {
  nodes: [
    node("PlaceOrder", { kind: "api", triggers: [trigger("http", "POST /orders")] }),
    node("Charge", { triggers: [trigger("queue", "queue order.placed", { topic: "order.placed" })] }),
    node("Report", { kind: "cron", triggers: [trigger("cron", "cron 0 2 * * *", { expression: "0 2 * * *" })], failure: BROKEN }),
  ],
  edges: [edge("PlaceOrder", "Charge", "order.placed"), edge("Report", "PlaceOrder", "drawn", { isVirtual: true })],
};
const RUNS = [
  run("1", "PlaceOrder", 0, 5),
  run("2", "Charge", 10, 22, { ...handedOn("1", "order.placed"), status: "error" }),
];
const LIT = picture(SHOP.nodes, SHOP.edges, { path: pathOf(RUNS, waysOf(SHOP.edges)) });

/** The elements of a text that must be XML, and what it says; raises where it is not well formed. */
function read(text: string): { readonly names: readonly string[]; readonly said: string } {
  const open: string[] = [];
  const names: string[] = [];
  let said = "";
  const token = /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(\/?)>|([^<]+)/gy;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) throw new Error(`no XML at ${at}: ${text.slice(at, at + 60)}`);
    const [, closes, name = "", attributes = "", isEmpty, words = ""] = match;
    if (/&(?!amp;|lt;|gt;|quot;|#39;)/.test(attributes + words)) throw new Error(`a bare & in ${match[0]}`);
    said += words;
    if (closes === "/" && open.pop() !== name) throw new Error(`${name} closes nothing`);
    if (name !== "" && closes === "") names.push(name);
    if (name !== "" && closes === "" && isEmpty === "") open.push(name);
  }
  if (open.length > 0) throw new Error(`${open.join(", ")} stays open`);
  return { names, said };
}

test("a flow in Mermaid has each step with what sets it off, and each topic", () => {
  expect(mermaidOf(picture(SHOP.nodes, SHOP.edges), LOOK).split("\n").slice(0, 7)).toEqual([
    "%% shop",
    "flowchart LR",
    '  s1["PlaceOrder<br/>POST /orders"]:::api',
    '  s2["Charge<br/>order.placed"]:::event',
    '  s3["Report<br/>0 2 #42; #42; #42;<br/>never loaded"]:::cron',
    '  s1 -->|"order.placed"| s2',
    '  s3 -.->|"drawn"| s1',
  ]);
});

test("a chosen run is lit in Mermaid: the order, the times, what failed, what it did not reach", () => {
  const lines = mermaidOf(LIT, LOOK).split("\n");

  expect(lines).toContain('  s1["1: PlaceOrder<br/>POST /orders<br/>5 ms"]:::api');
  expect(lines).toContain('  s2["2: Charge<br/>order.placed<br/>12 ms, 1 failed"]:::event');
  expect(lines).toContain("  class s2,s3 failed");
  expect(lines).toContain("  class s3 dim");
  expect(lines.filter((line) => line.includes("linkStyle"))).toEqual([expect.stringMatching(/^ {2}linkStyle 0 stroke:#/)]);
});

test.each(NASTY)("no name is anything but a name in Mermaid: %j", (name) => {
  const lines = mermaidOf(picture([node(name), node("B")], [edge(name, "B", name)], { title: name }), LOOK).trimEnd().split("\n");

  expect(lines).toHaveLength(8);
  expect(lines[2]).toMatch(/^ {2}s1\["(?:[\p{L}\p{N} ,/:]|[-._](?=[\p{L}\p{N}])|#\d+;)+(?:<br\/>[a-z ]+)?"\]:::event$/u);
  expect(lines[4]).toMatch(/^ {2}s1 -->\|"[^"|<>[\](){}`*]+"\| s2$/u);
});

test.each(NASTY)("no name is anything but a name in SVG: %j", (name) => {
  const { text } = svgOf(picture([node(name), node("B")], [edge(name, "B", name)], { title: name }), LOOK);
  const { names } = read(text);

  expect(names.filter((each) => each === "script")).toEqual([]);
  expect(text).not.toContain("\u0000");
});

test("an SVG has all steps and all topics, and fetches nothing", () => {
  const { text } = svgOf(picture(SHOP.nodes, SHOP.edges), LOOK);
  const { names, said } = read(text);

  for (const word of ["PlaceOrder", "Charge", "Report", "POST /orders", "order.placed", "drawn", "never loaded", "API step"]) expect(said).toContain(word);
  expect(new Set(names)).toEqual(new Set(["svg", "title", "rect", "g", "path", "text", "tspan"]));
  expect(text.match(/https?:[^"]*/g)).toEqual(["http://www.w3.org/2000/svg"]);
  expect(text).not.toMatch(/href|url\(|var\(|@import/);
});

test("an SVG shows a chosen run: what was first, what failed, what lies aside", () => {
  const { text } = svgOf(LIT, LOOK);
  const { said } = read(text);

  expect(said).toContain("12 ms, 1 failed");
  expect(text).toContain(`stroke="${LOOK.colours.bad}"`);
  expect(text).toMatch(/opacity="0\.35">\n<title>Report/);
});

test("the same flow is the same picture", () => {
  const [one, other] = [picture(SHOP.nodes, SHOP.edges), picture(SHOP.nodes, SHOP.edges)];

  expect(svgOf(one, LOOK)).toEqual(svgOf(other, LOOK));
  expect(mermaidOf(one, LOOK)).toBe(mermaidOf(other, LOOK));
});

test("everything lies within the picture, also an edge that leads back", () => {
  const nodes = [node("A"), node("B")];
  const places = new Map([["A", { x: -500, y: 0 }], ["B", { x: 0, y: 300 }]]);
  const { text, width, height } = svgOf(picture(nodes, [edge("B", "A", "back"), edge("A", "A", "again")], { places }), LOOK);

  expect(text).toMatch(/viewBox="-[56]\d\d -\d+ /);
  expect(width).toBeGreaterThan(500 + 228);
  expect(height).toBeGreaterThan(300 + 92);
});

test("a flow without steps is an empty picture", () => {
  const { text, width, height } = svgOf(picture([], []), LOOK);

  expect([width, height]).toEqual([64, 64]);
  expect(() => read(text)).not.toThrow();
});

test("a text is cut where its room ends", () => {
  expect(fitted("short", 12, 100)).toBe("short");
  expect(fitted("a name that is much too long", 12, 60)).toMatch(/^a nam.*…$/);
  expect(widthOf(fitted("订单订单订单订单", 12, 60), 12)).toBeLessThanOrEqual(60);
});

/** A flow as Mermaid, in the plainest part of its language: every label is quoted, every step is `s1`, `s2`. Pure. */

import type { NodeView } from "../../api/types.js";
import { subtitleOf } from "../view.js";
import { colourOf, footOf, hasFailed, isDim, type DrawnEdge, type Look, type Picture } from "./picture.js";

/**
 * What a label may hold as it is. Mermaid reads labels as Markdown, and some signs as its own even within quotes:
 * all others are written by their numbers. A dot, dash or underscore inside a word means nothing to it.
 */
const PLAIN = /[\p{L}\p{N} ,/:]|[-._](?=[\p{L}\p{N}])/uy;

export function mermaidOf(picture: Picture, { colours }: Look): string {
  const ids = new Map(picture.nodes.map(({ id }, index) => [id, `s${index + 1}`]));
  const edges = picture.edges.filter(({ view }) => ids.has(view.source) && ids.has(view.target));
  const kinds = [...new Set(picture.nodes.map(colourOf))].sort();
  const lit = edges.map(({ view }) => picture.path?.edges.get(view.id));
  const lines = [
    "flowchart LR",
    ...picture.nodes.map((node) => `${ids.get(node.id)}["${labelOf(picture, node)}"]:::${classOf(colourOf(node))}`),
    ...edges.map((edge) => `${ids.get(edge.view.source)} ${arrowOf(picture, edge)} ${ids.get(edge.view.target)}`),
    ...kinds.map((kind) => `classDef ${classOf(kind)} fill:${colours.card},stroke:${colours[kind]},stroke-width:2px,color:${colours.text}`),
    `classDef failed stroke:${colours.bad},stroke-width:4px,color:${colours.bad}`,
    "classDef dim opacity:0.4",
    ...classed("failed", picture.nodes.filter((node) => hasFailed(node, picture.path?.steps.get(node.id))), ids),
    ...classed("dim", picture.nodes.filter((node) => isDim(picture, picture.path?.steps.get(node.id))), ids),
    ...lit.flatMap((onPath, index) => (onPath === undefined ? [] : [`linkStyle ${index} stroke:${colours[onPath.hasFailed ? "bad" : "accent"]},stroke-width:3px`])),
  ];
  return [`%% ${oneLine(picture.title)}`, ...lines.map((line, index) => (index === 0 ? line : `  ${line}`))].join("\n") + "\n";
}

function labelOf(picture: Picture, node: NodeView): string {
  const onPath = picture.path?.steps.get(node.id);
  const foot = onPath === undefined && node.failure === null ? "" : footOf(node, onPath);
  const order = onPath === undefined ? "" : `${onPath.order}: `;
  return [`${order}${node.title}`, subtitleOf(node), foot].filter((part) => part !== "").map(quoted).join("<br/>");
}

function arrowOf(picture: Picture, { view, isUndeclared }: DrawnEdge): string {
  const count = picture.path?.edges.get(view.id)?.count ?? 0;
  const label = quoted(count > 1 ? `${view.topic}, ${count} times` : view.topic);
  const line = view.isVirtual || isUndeclared ? "-.->" : "-->";
  return label === "" ? line : `${line}|"${label}"|`;
}

function classed(name: string, nodes: readonly NodeView[], ids: ReadonlyMap<string, string>): readonly string[] {
  return nodes.length === 0 ? [] : [`class ${nodes.map(({ id }) => ids.get(id)).join(",")} ${name}`];
}

function classOf(colour: string): string {
  return colour.replace("kind-", "");
}

function quoted(text: string): string {
  const line = oneLine(text);
  let label = "";
  for (let at = 0; at < line.length; ) {
    PLAIN.lastIndex = at;
    const sign = String.fromCodePoint(line.codePointAt(at) ?? 0);
    label += PLAIN.test(line) ? sign : `#${sign.codePointAt(0)};`;
    at += sign.length;
  }
  return label;
}

/** Without line breaks and other control characters, which no label can hold. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{C}]+/gu, " ").trim();
}

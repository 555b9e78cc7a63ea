/** Where in a JSON text something is: an error, or a part of its value. Reads the editor's syntax tree. */

import type { syntaxTree } from "@codemirror/language";
import type { Path } from "../json/json.js";

type Tree = ReturnType<typeof syntaxTree>;
type SyntaxNode = Tree["topNode"];

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where the text stops being JSON, and why; null if it is JSON. */
export function brokenAt(text: string, tree: Tree): (Span & { readonly message: string }) | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const message = (error as Error).message.replace(/^JSON\.parse: /, "").replace(/ in JSON at position.*$| is not valid JSON$/s, "");
    // Not every engine tells the place, and not for every error: the tree does.
    const told = /at position (\d+)/.exec((error as Error).message)?.[1];
    const at = Math.min(told === undefined ? firstError(tree) : Number(told), text.length);
    return { from: Math.max(0, at === text.length ? at - 1 : at), to: Math.min(text.length, at + 1), message };
  }
}

function firstError(tree: Tree): number {
  let found = tree.length;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) found = Math.min(found, node.from);
    },
  });
  return found;
}

/** Where the part of the value is; of one that is missing, what it is missing in. */
export function spanOf(tree: Tree, text: string, path: Path): Span {
  let node = tree.topNode.firstChild;
  for (const step of path) {
    const inner = node === null ? null : typeof step === "number" ? itemOf(node, step) : propertyOf(node, text, step);
    if (inner === null) break;
    node = inner;
  }
  return node === null ? { from: 0, to: 0 } : { from: node.from, to: firstLineEnd(text, node) };
}

/** A long value is marked where it begins. */
function firstLineEnd(text: string, { from, to }: Span): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? to : Math.min(end, to);
}

function itemOf(list: SyntaxNode, index: number): SyntaxNode | null {
  return list.name === "Array" ? (childrenOf(list).filter(({ name }) => !/[[\],]|⚠/.test(name))[index] ?? null) : null;
}

function propertyOf(object: SyntaxNode, text: string, key: string): SyntaxNode | null {
  for (const property of childrenOf(object)) {
    const name = property.firstChild;
    if (property.name === "Property" && name !== null && text.slice(name.from, name.to) === JSON.stringify(key)) return property.lastChild;
  }
  return null;
}

function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

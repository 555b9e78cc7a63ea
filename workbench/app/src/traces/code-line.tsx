/** A line of Python in colours: enough for the calls that marks are told as. */

import type { ReactNode } from "react";

const PARTS = /(?<text>'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)|(?<comment>#.*$)|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>\b(?:True|False|None)\b)|(?<name>\b[a-z_]\w*(?=\())/gi;

const COLOURS: Readonly<Record<string, string>> = {
  text: "text-(--code-text)",
  comment: "text-soft italic",
  number: "text-(--code-number)",
  word: "text-(--code-word)",
  name: "text-(--code-name)",
};

export function CodeLine({ code }: { readonly code: string }): ReactNode {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const match of code.matchAll(PARTS)) {
    if (match.index > at) parts.push(code.slice(at, match.index));
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? "";
    parts.push(<span key={match.index} className={COLOURS[kind]}>{match[0]}</span>);
    at = match.index + match[0].length;
  }
  return <code className="whitespace-pre">{[...parts, code.slice(at)]}</code>;
}

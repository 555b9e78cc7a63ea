/** A line of Python in colours. */

import type { ReactNode } from "react";
import { partsOfCode } from "./code-parts.js";

const COLOURS = {
  text: "text-(--code-text)",
  comment: "text-soft italic",
  number: "text-(--code-number)",
  word: "text-(--code-word)",
  name: "text-(--code-name)",
} as const;

export function CodeLine({ code }: { readonly code: string }): ReactNode {
  return (
    <code className="whitespace-pre">
      {partsOfCode(code).map(({ kind, text }, index) => (kind === null ? text : <span key={index} className={COLOURS[kind]}>{text}</span>))}
    </code>
  );
}

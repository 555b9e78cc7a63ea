/** What changed between two values, part by part. */

import type { ReactNode } from "react";
import { diffOf, textChange, type JsonChange } from "./diff.js";
import { inShort, pretty } from "./json.js";

/** Longer parts are shown in short. */
const MOST_CHARACTERS = 4000;

export function DiffView({ before, after }: { readonly before: unknown; readonly after: unknown }): ReactNode {
  const changes = diffOf(before, after);
  if (changes.length === 0) return <p className="py-2 text-[13px] text-soft">The two are the same.</p>;
  return (
    <ul aria-label="Changes" className="flex flex-col divide-y rounded-xl border bg-card">
      {changes.map((change) => (
        <li key={change.path} className="flex flex-col gap-1 px-3 py-2">
          <span className="font-mono text-xs text-(--code-name)">{change.path === "" ? "the whole value" : change.path}</span>
          <Change change={change} />
        </li>
      ))}
    </ul>
  );
}

function Change({ change: { kind, before, after } }: { readonly change: JsonChange }): ReactNode {
  if (typeof before === "string" && typeof after === "string") {
    const { head, before: old, after: young, tail } = textChange(before, after);
    return (
      <>
        {old !== "" && <Side sign="−" word="before" look="bg-bad-tint text-bad">{around(head, 60, true)}<del className="bg-bad/15 text-text">{cut(old)}</del>{around(tail, 60, false)}</Side>}
        <Side sign="+" word="after" look="bg-good-tint text-good">{around(head, 60, true)}<ins className="bg-good/15 text-text no-underline">{cut(young)}</ins>{around(tail, 60, false)}</Side>
      </>
    );
  }
  return (
    <>
      {kind !== "added" && <Side sign="−" word="before" look="bg-bad-tint text-bad">{cut(shown(before))}</Side>}
      {kind !== "removed" && <Side sign="+" word="after" look="bg-good-tint text-good">{cut(shown(after))}</Side>}
    </>
  );
}

interface SideProps {
  readonly sign: string;
  readonly word: string;
  readonly look: string;
  readonly children: ReactNode;
}

function Side({ sign, word, look, children }: SideProps): ReactNode {
  return (
    <span className={`flex gap-2 rounded-md px-2 py-0.5 font-mono text-xs ${look}`}>
      <span aria-hidden className="select-none">{sign}</span>
      <span className="sr-only">{word}: </span>
      <span className="min-w-0 break-words whitespace-pre-wrap">{children}</span>
    </span>
  );
}

function shown(value: unknown): string {
  const text = pretty(value) ?? "";
  return text.length <= 200 ? inShort(value, 200) : text;
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
}

/** What two texts have in common, as much as shows where they differ. */
function around(text: string, most: number, isHead: boolean): string {
  if (text.length <= most) return text;
  return isHead ? `…${text.slice(-most)}` : `${text.slice(0, most)}…`;
}

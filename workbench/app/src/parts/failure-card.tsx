/** Why a file does not load: where, what, the lines around it, what to do, and what is served meanwhile. */

import { History, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { FailureView } from "../api/types.js";
import { classes } from "./class-names.js";
import { clockTime } from "./times.js";

export function FailureCard({ failure }: { readonly failure: FailureView }): ReactNode {
  const place = failure.line === null ? failure.file : `${failure.file}:${failure.line}`;
  return (
    <section aria-label="Why it does not load" className="shrink-0 overflow-hidden rounded-xl border border-bad bg-bad-tint text-[13px]">
      <div className="flex gap-2 p-3">
        <TriangleAlert size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <div className="min-w-0">
          <p className="font-semibold break-words text-bad">{capitalised(failure.kind.replaceAll("-", " "))}: {failure.message}</p>
          <p className="font-mono text-xs break-all text-soft">{place}</p>
        </div>
      </div>
      {failure.excerpt.length > 0 && (
        <pre tabIndex={0} aria-label="Source around it" className="overflow-x-auto border-y border-bad/30 bg-card py-1.5 text-xs leading-5">
          {failure.excerpt.map(({ number, text }) => (
            <code key={number} className={classes("flex w-max min-w-full pr-3", number === failure.line && "bg-bad-tint font-semibold")}>
              <span aria-hidden className={classes("w-10 shrink-0 pr-3 text-right select-none", number === failure.line ? "text-bad" : "text-soft")}>{number}</span>
              {text === "" ? " " : text}
            </code>
          ))}
        </pre>
      )}
      <div className="flex flex-col gap-2 p-3">
        {failure.advice !== "" && <p>{capitalised(failure.advice)}</p>}
        <p className="flex items-center gap-1.5 text-soft">
          <History size={14} aria-hidden className="shrink-0" />
          {failure.servedSince === null ? "Nothing of this file is served" : `Still serving the version from ${clockTime(failure.servedSince)}`}
        </p>
      </div>
    </section>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

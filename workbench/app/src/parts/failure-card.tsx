/** Why a file does not load: where, what, the lines around it, what to do, and what is served meanwhile. */

import { History, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { FailureView } from "../api/types.js";
import { Excerpt } from "./excerpt.js";
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
      {failure.excerpt.length > 0 && <Excerpt lines={failure.excerpt} blamed={failure.line} className="border-y border-bad/30" />}
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

/** Why a run failed: what it raised, where in its file, and the traceback. */

import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import type { RunView } from "../api/types.js";
import { CopyButton } from "../parts/copy-button.js";
import { Excerpt } from "../parts/excerpt.js";
import { OpenInEditor } from "../parts/open-in-editor.js";
import { useFault } from "./fault.js";
import { excerptOf } from "./traceback.js";

export function ErrorCard({ run }: { readonly run: RunView }): ReactNode {
  const { told, place } = useFault(run);
  return (
    <section aria-label="Why it failed" className="shrink-0 overflow-hidden rounded-xl border border-bad bg-bad-tint text-[13px]">
      <div className="flex items-start gap-2 p-3">
        <CircleX size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <p className="min-w-0 grow font-semibold break-words text-bad">{run.error}</p>
        {place !== null && <OpenInEditor file={place.step.absoluteFile} line={place.line} />}
      </div>
      {place !== null && (
        <figure className="border-y border-bad/30 bg-card">
          <figcaption className="px-3 pt-1.5 font-mono text-xs text-soft">{place.step.node.file}:{place.line}</figcaption>
          <Excerpt lines={excerptOf(place.step.source, place.line)} blamed={place.line} />
        </figure>
      )}
      {told !== null && (
        <details open={place === null} className="relative">
          <summary className="cursor-pointer px-3 py-1.5 text-soft hover:text-text">
            Traceback{told.isOfFirst && ", of the first attempt: later ones failed in the same place, mostly"}
          </summary>
          <CopyButton label="Copy the traceback" className="absolute top-9 right-1" text={() => told.traceback} />
          <pre tabIndex={0} aria-label="Traceback" className="max-h-72 overflow-auto border-t border-bad/30 bg-card p-3 pr-10 text-xs leading-5">{told.traceback}</pre>
        </details>
      )}
    </section>
  );
}

/** Why the server failed: what the step raised, and where in its file. The answer itself does not tell. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { traceQuery } from "../../api/rest.js";
import type { RunView } from "../../api/types.js";
import { OpenInEditor } from "../../parts/open-in-editor.js";
import { useFault } from "../../traces/fault.js";
import { traceOf, type Answer } from "./answer.js";

/** Nothing, if no step raised anything: then the answer is what a step said. */
export function Raised({ answer }: { readonly answer: Answer }): ReactNode {
  const trace = traceOf(answer);
  const isFailure = (answer.head?.status ?? 0) >= 500 || answer.state === "failed";
  const { data } = useQuery({ ...traceQuery(trace ?? ""), enabled: trace !== null && isFailure, retry: false });
  const run = isFailure ? data?.spans.find(({ run: { parentId, error } }) => parentId === null && error !== null)?.run : undefined;
  return run === undefined ? null : <Why run={run} />;
}

function Why({ run }: { readonly run: RunView }): ReactNode {
  const { place } = useFault(run);
  return (
    <section aria-label="Why it failed" className="mx-3 mb-2 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-bad-tint px-3 py-2 text-[13px]">
      <CircleX size={15} aria-hidden className="shrink-0 text-bad" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="font-medium break-words text-bad">{run.error}</p>
        <p className="text-soft">
          {place !== null && <span className="font-mono text-xs break-all">{place.step.node.file}:{place.line} · </span>}
          <Link to="/traces/{-$trace}" params={{ trace: run.traceId }} search={{ span: run.id }} className="text-accent underline">See the run</Link>
        </p>
      </div>
      {place !== null && <OpenInEditor file={place.step.absoluteFile} line={place.line} />}
    </section>
  );
}

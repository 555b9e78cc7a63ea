/** A past run, run again: what it was given, edited if wanted, and what comes of it now. */

import { useQuery } from "@tanstack/react-query";
import { CircleOff } from "lucide-react";
import type { ReactNode } from "react";
import { runAgain, runEffectsQuery, runInputQuery } from "../api/replay.js";
import type { RequestView, RunInputView, RunView } from "../api/types.js";
import { Failed, Loading } from "../parts/notes.js";
import { ValueFold } from "../parts/value-fold.js";
import { Replay, type Again } from "../replay/replay.js";

export function RunAgain({ run }: { readonly run: RunView }): ReactNode {
  const { data, error, refetch } = useQuery(runInputQuery(run.traceId, run.id));
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="grid min-w-0 auto-rows-min content-start gap-5 xl:grid-cols-2">
      {data.request !== null && <Request request={data.request} part={data.part} />}
      {data.refusal === null ? (
        <Replay again={againOf(run, data)} warning="What the old run did stays as it is." note={<p className="text-[13px] text-soft">{WORDS[wordOf(data)]}</p>} />
      ) : (
        <p className="flex items-start gap-2 text-[13px]"><CircleOff size={16} aria-hidden className="mt-0.5 shrink-0 text-soft" /><span>It cannot be run again. {data.refusal}</span></p>
      )}
    </div>
  );
}

function againOf({ traceId, id, step, trigger }: RunView, { part, value, inputSchema }: RunInputView): Again {
  return {
    id: `${traceId}/${id}`, step, trigger, schema: inputSchema,
    value: part === "nothing" ? undefined : value,
    runner: runAgain(traceId, id),
    before: runEffectsQuery(traceId, id),
  };
}

const WORDS = {
  data: "With what it was given; edit it if you want.",
  body: "With the body of its request; edit it if you want. The rest is sent as it came.",
  query: "With the query of its request, which has no body; edit it if you want.",
  sent: "Its body is no value that can be edited: it is sent as it came.",
  nothing: "It is given nothing, so there is nothing to edit.",
} as const;

function wordOf({ part, request }: RunInputView): keyof typeof WORDS {
  return part === "nothing" && request !== null ? "sent" : part;
}

function Request({ request: { method, path, query, headers }, part }: { readonly request: RequestView } & Pick<RunInputView, "part">): ReactNode {
  return (
    <section aria-label="Request" className="flex min-w-0 flex-col gap-2">
      <h4 className="text-xs font-semibold text-soft">The request, as it came</h4>
      <p className="font-mono text-[13px] break-all"><span className="font-semibold">{method}</span> {path}</p>
      {part !== "query" && Object.keys(query).length > 0 && <ValueFold name="Query" value={query} isOpen />}
      <ValueFold name="Headers" value={headers} isOpen={false} />
    </section>
  );
}

/** What a run was given, and what it answered: as far as the server remembers it, secrets masked. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { runEffectsQuery, runInputQuery } from "../api/replay.js";
import type { RequestView, ResponseView, RunInputView, RunView } from "../api/types.js";
import { HttpStatus } from "../parts/http-status.js";
import { ValueFold } from "../parts/value-fold.js";

const FORGOTTEN = "It is not remembered any more.";

export function Exchange({ run }: { readonly run: RunView }): ReactNode {
  const given = useQuery(runInputQuery(run.traceId, run.id));
  const isAnswered = run.httpStatus !== null;
  const isRunning = run.status === "running";
  // What is asked for while it runs would be kept, and compared with later, as if that were all.
  const effects = useQuery({ ...runEffectsQuery(run.traceId, run.id), enabled: isAnswered && !isRunning });
  if (!isAnswered && isGivenNothing(run, given.data)) return null;
  return (
    <div className="grid min-w-0 auto-rows-min gap-x-5 gap-y-3 lg:auto-cols-fr lg:grid-flow-col">
      <Side name="Given">
        {given.data !== undefined ? <Given given={given.data} /> : <Words>{given.error === null ? "Loading…" : FORGOTTEN}</Words>}
      </Side>
      {isAnswered && (
        <Side name="Answered" more={<HttpStatus status={run.httpStatus} />}>
          {effects.data?.response != null ? <Answered response={effects.data.response} /> : <Words>{isRunning ? "It still answers." : effects.isPending ? "Loading…" : FORGOTTEN}</Words>}
        </Side>
      )}
    </div>
  );
}

/** A schedule brings its step nothing, whether or not that is remembered. */
function isGivenNothing({ trigger }: RunView, given: RunInputView | undefined): boolean {
  if (trigger.startsWith("cron(")) return given?.part !== "data";
  return given?.part === "nothing" && given.request === null && given.refusal === null;
}

function Side({ name, more, children }: { readonly name: string; readonly more?: ReactNode; readonly children: ReactNode }): ReactNode {
  return (
    <section aria-label={name} className="flex min-w-0 flex-col gap-1.5">
      <h4 className="flex items-center gap-2 text-xs font-semibold text-soft">{name}{more}</h4>
      {children}
    </section>
  );
}

function Given({ given: { part, value, request, refusal } }: { readonly given: RunInputView }): ReactNode {
  if (request === null) return part === "nothing" ? <Words>{refusal ?? "Nothing."}</Words> : <ValueFold name="Data" value={value} />;
  return (
    <>
      <RequestLine request={request} />
      {has(request.query) && <ValueFold name="Query" value={request.query} />}
      {part === "body" && <ValueFold name="Body" value={value} />}
      {part === "nothing" && <Words>Its body is neither JSON, form nor text: it is not shown.</Words>}
      <ValueFold name="Headers" value={request.headers} isOpen={false} />
    </>
  );
}

function RequestLine({ request: { method, path } }: { readonly request: RequestView }): ReactNode {
  return <p className="font-mono text-[13px] break-all"><span className="font-semibold">{method}</span> {path}</p>;
}

function Answered({ response: { status, headers, body, hasBody, note } }: { readonly response: ResponseView }): ReactNode {
  const isEmpty = body === "" || body === null;
  return (
    <>
      {/* Why it was refused is what one came for. */}
      {hasBody && (isEmpty ? <Words>Without a body.</Words> : status >= 400 ? <ValueFold name="Body" value={body} isOpen /> : <ValueFold name="Body" value={body} />)}
      {note !== null && <Words>{note}</Words>}
      {has(headers) && <ValueFold name="Headers" value={headers} isOpen={false} />}
    </>
  );
}

function Words({ children }: { readonly children: ReactNode }): ReactNode {
  return <p className="text-[13px] text-soft">{children}</p>;
}

function has(values: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(values).length > 0;
}

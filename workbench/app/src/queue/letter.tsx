/** One dead letter: what it was, why it was given up, and trying it again. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, CircleX, GanttChart, MailX, RotateCcw, Trash2, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { letterQuery } from "../api/queued.js";
import { ApiError } from "../api/rest.js";
import type { DeadLetterDetail, DeadLetterView } from "../api/types.js";
import { JsonTree } from "../json/tree.js";
import { Ago } from "../parts/ago.js";
import { Button, buttonLook } from "../parts/button.js";
import { CopyButton } from "../parts/copy-button.js";
import { Confirm } from "../parts/dialog.js";
import { NodeLink } from "../parts/node-link.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { counted } from "../parts/times.js";
import { pretty } from "../json/json.js";
import { useLetterActs } from "./acts.js";
import { TryAgain } from "./try-again.js";

interface LetterDetailProps {
  readonly id: string;
  readonly onBack: () => void;
  /** It was redriven or discarded here. */
  readonly onGone: () => void;
}

export function LetterDetail({ id, onBack, onGone }: LetterDetailProps): ReactNode {
  const { data, error, refetch } = useQuery(letterQuery(id));
  if (error instanceof ApiError && error.status === 404) return <Gone onBack={onBack} />;
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  return (
    <section aria-label="Dead letter" className="flex min-h-0 min-w-0 grow flex-col">
      <Head letter={data.letter} onBack={onBack} onGone={onGone} />
      <div className="relative grid min-h-0 grow auto-rows-min content-start gap-x-5 gap-y-5 overflow-y-auto p-4 xl:grid-cols-2">
        <div className="flex min-w-0 flex-col gap-5">
          <Failure detail={data} />
          <section aria-label="Payload" className="flex flex-col">
            <div className="flex items-center gap-2">
              <h3 className="grow text-xs font-semibold text-soft">Payload, as it came</h3>
              <CopyButton label="Copy the payload" text={() => pretty(data.data)} />
            </div>
            <div className="rounded-xl border bg-card px-1 py-1.5"><JsonTree label="Payload" value={data.data} /></div>
          </section>
        </div>
        <TryAgain detail={data} onGone={onGone} />
      </div>
    </section>
  );
}

function Head({ letter, onBack, onGone }: Omit<LetterDetailProps, "id"> & { readonly letter: DeadLetterView }): ReactNode {
  const acts = useLetterActs();
  const leave = (isDone: boolean): void => {
    if (isDone) onGone();
  };
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b bg-card py-2.5 pr-3 pl-4">
      <button type="button" onClick={onBack} aria-label="Back to the lanes" className="-ml-1 grid size-8 place-items-center rounded-lg text-soft hover:text-text"><ArrowLeft size={17} aria-hidden /></button>
      <div className="min-w-40 grow">
        <h2 className="text-[15px] leading-5 font-semibold"><NodeLink step={letter.step} run={letter.traceId} className="text-text!" /></h2>
        <p className="flex flex-wrap gap-x-1.5 text-xs text-soft">
          <span className="font-mono">{letter.topic}</span>
          <span>· {counted(letter.attempts, "attempt")} · sent <Ago at={letter.createdAt} /> · given up <Ago at={letter.diedAt} /></span>
          {letter.group !== null && <span>· group {letter.group}</span>}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Link to="/traces/{-$trace}" params={{ trace: letter.traceId }} className={buttonLook()}><GanttChart size={14} aria-hidden className="text-accent" />Trace</Link>
        <NodeLink step={letter.step} run={letter.traceId} className={buttonLook("plain", "text-text! no-underline! max-sm:hidden")}><Workflow size={14} aria-hidden className="text-accent" />On the graph</NodeLink>
        <Button onClick={() => void acts.redrive(letter.id).then(leave)}><RotateCcw size={14} aria-hidden className="text-accent" />Redrive</Button>
        <Confirm title="Discard this dead letter?" text="Its payload is gone after that, for everybody." action="Discard" onConfirm={() => void acts.discard(letter.id).then(leave)}>
          <Button><Trash2 size={14} aria-hidden className="text-bad" />Discard</Button>
        </Confirm>
      </div>
    </header>
  );
}

function Failure({ detail: { letter, traceback } }: { readonly detail: DeadLetterDetail }): ReactNode {
  return (
    <section aria-label="Why it was given up" className="overflow-hidden rounded-xl border border-bad bg-bad-tint text-[13px]">
      <p className="flex items-start gap-2 p-3 font-semibold text-bad"><CircleX size={16} aria-hidden className="mt-0.5 shrink-0" /><span className="min-w-0 break-words">{letter.error}</span></p>
      {traceback !== "" && (
        <details>
          <summary className="cursor-pointer px-3 py-1.5 text-soft -outline-offset-2 hover:text-text">Traceback of the last attempt</summary>
          <div className="relative border-t border-bad/30 bg-card">
            <pre tabIndex={0} aria-label="Traceback" className="max-h-72 overflow-auto p-3 text-xs leading-5 -outline-offset-2">{traceback}</pre>
            <CopyButton label="Copy the traceback" className="absolute! top-1 right-1 bg-card" text={() => traceback} />
          </div>
        </details>
      )}
    </section>
  );
}

function Gone({ onBack }: { readonly onBack: () => void }): ReactNode {
  return (
    <Empty icon={MailX} title="This dead letter is gone">
      <p className="mb-3">It was redriven or discarded.</p>
      <Button onClick={onBack}>To the lanes</Button>
    </Empty>
  );
}

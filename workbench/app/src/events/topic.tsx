/** One topic: who is on either side of it, an event to write and emit, and what became of those before. */

import { Link } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, Megaphone, TriangleAlert } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import { toast } from "sonner";
import type { TopicView } from "../api/types.js";
import { own } from "../json/own.js";
import { useHere } from "../keys/here.js";
import { arrivalOf } from "../parts/arrival.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { INPUT } from "../parts/looks.js";
import { NodeLink } from "../parts/node-link.js";
import { PayloadEditor } from "../payload/editor.js";
import { blankPayload, refusalOf, valueOf } from "../payload/payload.js";
import { Emits } from "./emits.js";
import { emitDraft, setDraft, useSession } from "./store.js";

export function Topic({ topic }: { readonly topic: TopicView }): ReactNode {
  return (
    <section {...arrivalOf(`topic:${topic.topic}`)} aria-label={`Topic ${topic.topic}`} className="relative outline-none flex min-h-0 min-w-0 grow flex-col overflow-y-auto">
      <header className="flex shrink-0 flex-col gap-2 border-b bg-card px-4 py-3">
        <Link to="/events" className="-my-1 inline-flex items-center gap-1 self-start py-1 text-[13px] text-accent md:hidden"><ArrowLeft size={15} aria-hidden />All topics</Link>
        <h2 className="font-mono text-base leading-6 font-semibold break-words">{topic.topic}</h2>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px]">
          <Steps label="Emitters" steps={topic.emitters} none="no step emits it" />
          <ArrowRight size={14} aria-label="to" className="text-soft" />
          <Steps label="Subscribers" steps={topic.subscribers} none="no step takes it" />
        </div>
      </header>
      <div className="grid grow auto-rows-min content-start gap-6 p-4 xl:grid-cols-2">
        <Emit topic={topic} />
        <Emits topic={topic.topic} isTaken={topic.subscribers.length > 0} />
      </div>
    </section>
  );
}

function Steps({ label, steps, none }: { readonly label: string; readonly steps: readonly string[]; readonly none: string }): ReactNode {
  if (steps.length === 0) return <span className="text-soft">{none}</span>;
  return (
    <ul aria-label={label} className="flex flex-wrap gap-1.5">
      {steps.map((step) => <li key={step}><NodeLink step={step} className="inline-block rounded-md border px-2 py-0.5" /></li>)}
    </ul>
  );
}

function Emit({ topic: { topic, subscribers, schemas } }: { readonly topic: TopicView }): ReactNode {
  const [shaper, setShaper] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [wasSent, setSent] = useState(false);
  const takers = Object.keys(schemas);
  const schema = schemas[shaper ?? takers[0] ?? ""] ?? null;
  const blank = useMemo(() => blankPayload(schema), [schema]);
  const draft = useSession(({ drafts }) => own(drafts, topic)) ?? blank;
  const value = valueOf(draft);
  const refusals = useMemo(() => Object.entries(schemas).flatMap(([step, each]) => {
    const refusal = refusalOf(valueOf(draft), each);
    return refusal === null ? [] : [`${step} would refuse it: ${refusal}.`];
  }), [draft, schemas]);
  const emit = (): void => {
    if (value === undefined || isBusy) return;
    setSent(true);
    setBusy(true);
    void emitDraft(topic, draft)
      .catch((error: Error) => void toast.error(error.message))
      .finally(() => setBusy(false));
  };
  useHere("send", `Emit ${topic}`, emit);
  return (
    <section aria-label="Emit" className="flex min-w-0 flex-col gap-3">
      <h3 className="text-xs font-semibold text-soft">Emit an event</h3>
      {takers.length > 1 && (
        <label className="flex items-center gap-2 text-[13px]">
          Written as
          <select className={classes(INPUT, "h-8 w-auto! py-0!")} value={shaper ?? takers[0]} onChange={({ target }) => setShaper(target.value)}>
            {takers.map((step) => <option key={step}>{step}</option>)}
          </select>
          takes it
        </label>
      )}
      <PayloadEditor payload={draft} schema={schema} tellsAll={wasSent} onChange={(next) => setDraft(topic, next)} onReset={draft.text === blank.text ? null : () => setDraft(topic, undefined)} />
      <div className="flex flex-wrap items-center gap-3">
        <Button look="main" className="min-w-24" disabled={isBusy || value === undefined} aria-keyshortcuts="Control+Enter Meta+Enter" title="Ctrl+Enter or ⌘+Enter" onClick={emit}><Megaphone size={14} aria-hidden />Emit</Button>
        {subscribers.length === 0 && <span className="text-[13px] text-soft">No step takes it: nothing will come of it.</span>}
        {value === undefined && <span className="text-[13px] text-warn">It is no JSON yet.</span>}
      </div>
      {value !== undefined && wasSent && refusals.map((text) => <p key={text} className="flex items-start gap-1.5 text-[13px] text-warn"><TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />{text}</p>)}
    </section>
  );
}

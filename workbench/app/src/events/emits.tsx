/** What was emitted in this session, newest first: what became of it, and the way to emit it again. */

import { ChevronRight, Undo2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { inShort } from "../json/json.js";
import { JsonTree } from "../json/tree.js";
import { IconButton } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { OutcomeLink } from "../parts/outcome-link.js";
import { clockTime } from "../parts/times.js";
import { payloadOf } from "../payload/payload.js";
import { setDraft, useSession, type Emitted } from "./store.js";

export function Emits({ topic, isTaken }: { readonly topic: string; readonly isTaken: boolean }): ReactNode {
  const all = useSession(({ emitted }) => emitted);
  const emitted = all.filter((each) => each.topic === topic);
  return (
    <section aria-label="Emitted in this session" className="flex min-w-0 flex-col">
      <h3 className="mb-2 text-xs font-semibold text-soft">Emitted in this session</h3>
      {emitted.length === 0 ? <p className="text-[13px] text-soft">Nothing yet. Each event that you emit stands here, with what became of it, until the page is closed.</p> : (
        <ol aria-live="polite" className="divide-y overflow-hidden rounded-xl border bg-card">
          {emitted.map((each) => <li key={each.id}><Row emitted={each} isTaken={isTaken} /></li>)}
        </ol>
      )}
    </section>
  );
}

function Row({ emitted: { at, topic, value, traceId }, isTaken }: { readonly emitted: Emitted; readonly isTaken: boolean }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <div className="flex items-center gap-2 py-1 pr-1.5 pl-1 text-[13px]">
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} className="flex min-w-0 grow items-center gap-2 rounded-md py-1 pr-1 text-left hover:bg-page">
          <ChevronRight size={14} aria-hidden className={classes("shrink-0 text-soft transition-transform", isOpen && "rotate-90")} />
          <span className="text-xs whitespace-nowrap text-soft tabular-nums">{clockTime(at)}</span>
          <span className="min-w-0 truncate font-mono text-xs">{inShort(value)}</span>
        </button>
        {isTaken ? <OutcomeLink trace={traceId} /> : <span className="text-xs whitespace-nowrap text-soft">nobody took it</span>}
        <IconButton label="Write it again" onClick={() => setDraft(topic, payloadOf(value))}><Undo2 size={14} aria-hidden /></IconButton>
      </div>
      {isOpen && <div className="border-t bg-page px-2 py-1.5"><JsonTree label="Payload" value={value} /></div>}
    </>
  );
}

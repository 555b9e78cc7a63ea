/** Runs something again with a payload that can be changed: as a rehearsal, or for real. */

import { FlaskConical, Play, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { toast } from "sonner";
import type { EffectsQuery, Runner } from "../api/replay.js";
import { useHere } from "../keys/here.js";
import type { Schema } from "../schema/schema.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { Confirm } from "../parts/dialog.js";
import { PayloadEditor } from "../payload/editor.js";
import { payloadOf, refusalOf, valueOf } from "../payload/payload.js";
import { setAttempt, setPayload, useAttempts, type Attempt } from "./attempts.js";
import { Outcome } from "./outcome.js";

/** What is run again. */
export interface Again {
  /** Attempts are kept by it. */
  readonly id: string;
  readonly step: string;
  readonly trigger: string;
  readonly runner: Runner;
  /** What of it can be edited, as it came but for its secrets; undefined: nothing can. */
  readonly value: unknown;
  readonly schema: Schema | null;
  /** The run to compare with. */
  readonly before: EffectsQuery;
}

interface ReplayProps {
  readonly again: Again;
  /** What a person is told before it is real, of what becomes of the old one. */
  readonly warning: string;
  /** What is said of the value, and offered once a replay went through. */
  readonly note?: ReactNode;
  readonly offer?: ReactNode;
}

export function Replay({ again, warning, note, offer }: ReplayProps): ReactNode {
  const { id, step, schema, runner } = again;
  const isFixed = again.value === undefined;
  const edited = useAttempts(({ payloads }) => payloads[id]);
  const attempt = useAttempts(({ last }) => last[id]);
  const asItCame = useMemo(() => payloadOf(again.value ?? null), [again.value]);
  const payload = edited ?? asItCame;
  const value = valueOf(payload);
  const refusal = useMemo(() => (isFixed ? null : refusalOf(valueOf(payload), schema)), [payload, schema, isFixed]);
  const { isBusy, run } = useTries(id);
  const tried = useShown(attempt);
  const rehearseIt = (): void => {
    if (value !== undefined) run(async () => ({ kind: "rehearsal", effects: await runner.rehearse(value) }));
  };
  const replayIt = (): void => {
    if (value !== undefined) run(async () => ({ kind: "replay", traceId: (await runner.replay(value)).traceId }));
  };
  useHere("send", `Rehearse ${step}`, () => !isBusy && rehearseIt());
  return (
    <>
      <section aria-label="Replay" className="flex min-w-0 flex-col gap-3">
        <h3 className="text-xs font-semibold text-soft">Try it again, on the code as it is now</h3>
        {note}
        {!isFixed && (
          <PayloadEditor
            payload={payload}
            schema={schema}
            tellsAll
            onChange={(next) => setPayload(id, next)}
            onReset={payload.text === asItCame.text ? null : () => setPayload(id, { ...asItCame, isRaw: payload.isRaw })}
          />
        )}
        {refusal !== null && <p className="flex items-start gap-1.5 text-[13px] text-warn"><TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" /><span>{value === undefined ? "It is no JSON yet." : `${step} would refuse it: ${refusal}.`}</span></p>}
        <div className="flex flex-wrap items-center gap-2">
          <Button look="main" disabled={isBusy || value === undefined} aria-keyshortcuts="Control+Enter Meta+Enter" title="Ctrl+Enter or ⌘+Enter" onClick={rehearseIt}><FlaskConical size={14} aria-hidden />Rehearse</Button>
          <Confirm title={`Run ${step} with this payload for real?`} text={`It runs in a trace of its own, and all that it emits and writes is real. ${warning}`} action="Replay for real" isGrave={false} onConfirm={replayIt}>
            <Button disabled={isBusy || value === undefined}><Play size={14} aria-hidden className="text-accent" />Replay for real…</Button>
          </Confirm>
        </div>
        <p className="max-w-prose text-xs text-soft">
          A rehearsal runs the step and keeps back what it emits, writes and sends to clients. <strong className="font-semibold text-text">Its calls to the outside still happen</strong>: requests, mail, payments. Secrets are shown as <code>***</code>; the server puts them back where you leave that.
        </p>
      </section>
      {/* So high that there is room to scroll before its content is there. */}
      <div ref={tried} className={classes("min-w-0 scroll-mt-2 xl:col-span-2", attempt !== undefined && "min-h-[70dvh]")}>{attempt !== undefined && <Outcome again={again} attempt={attempt} offer={offer} />}</div>
    </>
  );
}

/** What is tried here and now is brought into sight: it may stand below the fold. */
function useShown(attempt: Attempt | undefined) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useRef(attempt);
  useEffect(() => {
    if (attempt !== seen.current) place.current?.scrollIntoView({ block: "start" });
    seen.current = attempt;
  }, [attempt]);
  return place;
}

function useTries(id: string) {
  const [isBusy, setBusy] = useState(false);
  const run = (attempt: () => Promise<Attempt>): void => {
    setBusy(true);
    void attempt()
      .then((done) => setAttempt(id, done), (error: Error) => void toast.error(error.message))
      .finally(() => setBusy(false));
  };
  return { isBusy, run };
}

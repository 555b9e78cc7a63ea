/** A dead letter, tried again; once that went through it may go. */

import { CircleCheck, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { effectsQuery, letterAgain } from "../api/replay.js";
import type { DeadLetterDetail, DeadLetterView } from "../api/types.js";
import { Button } from "../parts/button.js";
import { Replay } from "../replay/replay.js";
import { useLetterActs } from "./acts.js";

interface TryAgainProps {
  readonly detail: DeadLetterDetail;
  readonly onGone: () => void;
}

export function TryAgain({ detail: { letter, data, inputSchema }, onGone }: TryAgainProps): ReactNode {
  const { id, step, trigger, traceId } = letter;
  const again = { id, step, trigger, value: data, schema: inputSchema, runner: letterAgain(id), before: effectsQuery(traceId, step, trigger) };
  return <Replay again={again} warning="The dead letter stays until you discard it." offer={<Offer letter={letter} onGone={onGone} />} />;
}

function Offer({ letter, onGone }: { readonly letter: DeadLetterView; readonly onGone: () => void }): ReactNode {
  const acts = useLetterActs();
  const discard = (): void => void acts.discard(letter.id).then((isDone) => isDone && onGone());
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-xl bg-good-tint px-3 py-2 text-[13px]">
      <p className="flex grow items-center gap-2"><CircleCheck size={16} aria-hidden className="shrink-0 text-good" />It went through. The dead letter is still here.</p>
      <Button onClick={discard}><Trash2 size={14} aria-hidden className="text-bad" />Discard the dead letter</Button>
    </div>
  );
}

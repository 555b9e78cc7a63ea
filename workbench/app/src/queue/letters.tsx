/** The dead letters, newest first, narrowed to a step or not; and what can be done with all of them. */

import { useQuery } from "@tanstack/react-query";
import { RotateCcw, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { lettersQuery } from "../api/queued.js";
import type { DeadLetterView } from "../api/types.js";
import { Ago } from "../parts/ago.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { Confirm } from "../parts/dialog.js";
import { FilterMenu } from "../parts/filters.js";
import { Failed, Loading } from "../parts/notes.js";
import { RowList } from "../parts/row-list.js";
import { counted } from "../parts/times.js";
import { useLetterActs } from "./acts.js";

const ROW_HEIGHT = 58;

interface LettersProps {
  readonly step: string | undefined;
  /** Steps that have any. */
  readonly steps: readonly string[];
  readonly chosen: string | undefined;
  readonly onStep: (step: string | undefined) => void;
  readonly onChoose: (letter: string) => void;
}

export function Letters({ step, steps, chosen, onStep, onChoose }: LettersProps): ReactNode {
  const { data, error, refetch } = useQuery(lettersQuery(step));
  const letters = data?.letters ?? [];
  const total = data?.total ?? 0;
  return (
    <section aria-label="Dead letters" className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex flex-col gap-2 p-3 pb-2">
        <div className="flex items-center gap-2">
          <h2 className="grow text-[15px] font-semibold">Dead letters</h2>
          <FilterMenu label="Step" all="All steps" value={step} choices={steps.map((name) => ({ value: name, name }))} onChoose={onStep} />
        </div>
        {total > 0 && <ForAll step={step} total={total} />}
        {total > letters.length && <p className="text-xs text-soft">The newest {letters.length} of {total}.</p>}
      </div>
      {data === undefined && (error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />)}
      {data !== undefined && letters.length === 0 && <None step={step} />}
      {letters.length > 0 && (
        <RowList label="Dead letters, newest first" rows={letters} rowHeight={ROW_HEIGHT} keyOf={({ id }) => id} chosen={chosen} onChoose={onChoose} className="grow" rowClassName="px-2">
          {(letter, isChosen) => <Row letter={letter} isChosen={isChosen} />}
        </RowList>
      )}
    </section>
  );
}

function ForAll({ step, total }: { readonly step: string | undefined; readonly total: number }): ReactNode {
  const acts = useLetterActs();
  const what = `${counted(total, "dead letter")}${step === undefined ? "" : ` of ${step}`}`;
  return (
    <div className="flex gap-1.5">
      <Confirm title={`Redrive ${what}?`} text="They are put back as they came, each in its own trace, and run on the code as it is now." action="Redrive" isGrave={false} onConfirm={() => void acts.redriveAll(step)}>
        <Button className="grow"><RotateCcw size={14} aria-hidden className="text-accent" />Redrive all</Button>
      </Confirm>
      <Confirm title={`Discard ${what}?`} text="Their payloads are gone after that, for everybody." action="Discard" onConfirm={() => void acts.discardAll(step)}>
        <Button className="grow"><Trash2 size={14} aria-hidden className="text-bad" />Discard all</Button>
      </Confirm>
    </div>
  );
}

function Row({ letter, isChosen }: { readonly letter: DeadLetterView; readonly isChosen: boolean }): ReactNode {
  return (
    <div className={classes("flex h-full flex-col justify-center rounded-lg px-2.5 transition-colors", isChosen ? "bg-tint" : "hover:bg-page")}>
      <span className="flex items-baseline gap-2">
        <span className="grow truncate text-[13px] font-medium">{letter.step}</span>
        <Ago at={letter.diedAt} className="text-xs whitespace-nowrap text-soft" />
      </span>
      <span className="flex items-baseline gap-2 text-xs">
        <span className="grow truncate text-bad">{letter.error}</span>
        <span className="whitespace-nowrap text-soft">{counted(letter.attempts, "attempt")}</span>
      </span>
    </div>
  );
}

function None({ step }: { readonly step: string | undefined }): ReactNode {
  return (
    <p className="px-4 py-2 text-[13px] text-soft">
      {step === undefined ? "No dead letter. A message whose last attempt fails is kept here, with its payload and error, until you redrive, replay or discard it." : `No dead letter of ${step}.`}
    </p>
  );
}

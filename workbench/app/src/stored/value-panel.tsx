/** One stored value: looked into, edited, deleted; who wrote it, and what it was before. */

import { ArrowLeft, Pencil, Trash2 } from "lucide-react";
import { Tabs } from "radix-ui";
import { useState, type ReactNode } from "react";
import { toast } from "sonner";
import { deleteValue, streamOf, type Place } from "../api/stored.js";
import type { ValueView } from "../api/types.js";
import { isSame, pretty } from "../json/json.js";
import { JsonTree } from "../json/tree.js";
import { Button, IconButton } from "../parts/button.js";
import { CopyButton } from "../parts/copy-button.js";
import { Confirm } from "../parts/dialog.js";
import { TAB } from "../parts/looks.js";
import { Loading } from "../parts/notes.js";
import { SchemaHelp } from "./add-value.js";
import { History } from "./history.js";
import { WriteForm, type ItemSchema } from "./write-form.js";
import { Written } from "./written.js";

interface ValuePanelProps {
  readonly place: Place;
  /** Undefined: there is none (any more), or it is still asked for. */
  readonly value: ValueView | undefined;
  readonly isLoading: boolean;
  readonly schema: ItemSchema;
  readonly tab: string | undefined;
  readonly onTab: (tab: string | undefined) => void;
  /** Null where the list stands beside it. */
  readonly onBack: (() => void) | null;
}

export function ValuePanel({ place, value, isLoading, schema, tab, onTab, onBack }: ValuePanelProps): ReactNode {
  // The value as it was when editing began.
  const [edited, setEdited] = useState<ValueView | null>(null);
  return (
    <section aria-label={`Value ${place.key}`} className="flex min-h-0 min-w-0 grow flex-col">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b bg-card px-4 py-2">
        {onBack !== null && <IconButton label="Back to the values" className="-ml-2" onClick={onBack}><ArrowLeft size={17} aria-hidden /></IconButton>}
        <div className="min-w-0 grow">
          <h3 className="truncate font-mono text-sm font-semibold">{place.key}</h3>
          <p className="truncate text-xs text-soft">{streamOf(place.space) ?? "state"} · {place.group}</p>
        </div>
        {value !== undefined && (
          <>
            <CopyButton label="Copy the value" text={() => pretty(value.value)} />
            <Button onClick={() => setEdited(value)} disabled={edited !== null}><Pencil size={14} aria-hidden className="text-accent" />Edit</Button>
            <Delete place={place} />
          </>
        )}
      </header>
      {edited === null ? (
        <Shown place={place} value={value} isLoading={isLoading} tab={tab} onTab={onTab} />
      ) : (
        <div className="relative flex min-h-0 grow flex-col gap-3 overflow-y-auto p-4">
          {value !== undefined && !isSame(value.value, edited.value) && (
            <p role="status" className="rounded-lg bg-warn-tint px-3 py-2 text-[13px] text-warn">It was written again while you edit{value.written !== null && value.written.step !== "" && `, by ${value.written.step}`}. Saving replaces that.</p>
          )}
          <WriteForm place={place} start={pretty(edited.value)} schema={schema} onClose={() => setEdited(null)} onWritten={() => setEdited(null)}>
            {schema !== null && <SchemaHelp schema={schema} />}
          </WriteForm>
        </div>
      )}
    </section>
  );
}

type ShownProps = Pick<ValuePanelProps, "place" | "value" | "isLoading" | "tab" | "onTab">;

function Shown({ place, value, isLoading, tab, onTab }: ShownProps): ReactNode {
  const open = tab === "history" ? "history" : "value";
  return (
    <Tabs.Root value={open} onValueChange={(next) => onTab(next === "history" ? next : undefined)} className="flex min-h-0 grow flex-col">
      <div className="flex flex-wrap items-center gap-x-4 border-b bg-card px-4">
        <Tabs.List aria-label="About the value" className="flex gap-4">
          {[["value", "Value"] as const, ["history", "History"] as const].map(([name, word]) => (
            <Tabs.Trigger key={name} value={name} className={TAB}>{word}</Tabs.Trigger>
          ))}
        </Tabs.List>
        <span className="grow" />
        {value !== undefined && <div className="py-1.5"><Written write={value.written} /></div>}
      </div>
      <Tabs.Content value="value" className="flex min-h-0 grow flex-col p-3 outline-none">
        {value !== undefined && <JsonTree label={`Value of ${place.key}`} value={value.value} isTall />}
        {value === undefined && (isLoading ? <Loading /> : <p className="p-1 text-[13px] text-soft">There is no such value now. Its history may tell what it was.</p>)}
      </Tabs.Content>
      <Tabs.Content value="history" className="relative min-h-0 grow overflow-y-auto p-4 outline-none">
        <History place={place} />
      </Tabs.Content>
    </Tabs.Root>
  );
}

function Delete({ place }: { readonly place: Place }): ReactNode {
  const remove = async (): Promise<void> => {
    try {
      await deleteValue(place);
      toast.success(`${place.key} is deleted`);
    } catch (error) {
      toast.error(`${place.key} was not deleted`, { description: error instanceof Error ? error.message : String(error) });
    }
  };
  return (
    <Confirm
      title={`Delete ${place.key}?`}
      text={<>It goes from <span className="font-mono">{place.group}</span> of {streamOf(place.space) === null ? "the state" : `the stream ${streamOf(place.space)}`}, for all. Steps that watch it are set off.</>}
      action="Delete"
      onConfirm={() => void remove()}
    >
      <IconButton label="Delete the value" className="hover:bg-bad-tint! hover:text-bad!"><Trash2 size={15} aria-hidden /></IconButton>
    </Confirm>
  );
}

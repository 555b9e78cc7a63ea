/** The values of a group: found by their keys, added, chosen. */

import { ArrowLeft, Plus } from "lucide-react";
import { useMemo, useState, type ReactNode } from "react";
import type { Place } from "../api/stored.js";
import { Button, IconButton } from "../parts/button.js";
import { SearchField } from "../parts/filters.js";
import { Failed, Loading } from "../parts/notes.js";
import { counted } from "../parts/times.js";
import { AddValue } from "./add-value.js";
import { ValueRows } from "./value-rows.js";
import type { Values } from "./values.js";
import type { ItemSchema } from "./write-form.js";

interface ValuesPaneProps {
  readonly space: string;
  readonly group: string;
  readonly keyName: "key" | "id";
  readonly schema: ItemSchema;
  readonly values: Values;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
  readonly onAdded: (place: Place) => void;
  readonly onBack: (() => void) | null;
  /** What stands below the head, instead of the values. */
  readonly instead?: ReactNode;
  /** Beside the count. */
  readonly children?: ReactNode;
}

export function ValuesPane({ space, group, keyName, schema, values, chosen, onChoose, onAdded, onBack, instead, children }: ValuesPaneProps): ReactNode {
  const [text, setText] = useState<string>();
  const [isAdding, setAdding] = useState(false);
  const found = useMemo(() => {
    const wanted = text?.toLowerCase();
    return wanted === undefined ? values.values : values.values.filter(({ key }) => key.toLowerCase().includes(wanted));
  }, [values.values, text]);
  const one = keyName === "id" ? "item" : "value";
  return (
    <section aria-label={`Group ${group}`} className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex flex-col gap-2 p-3 pb-2">
        <div className="flex items-center gap-2">
          {onBack !== null && <IconButton label="Back to the groups" className="-ml-1" onClick={onBack}><ArrowLeft size={17} aria-hidden /></IconButton>}
          <h2 className="min-w-0 grow truncate text-[13px] font-semibold">{group} <span className="font-normal text-soft">{counted(values.total, one)}</span></h2>
          <Button onClick={() => setAdding(true)}><Plus size={14} aria-hidden className="text-accent" />Add</Button>
        </div>
        {children}
        {instead === undefined && <SearchField label={`Find by ${keyName}`} value={text} onChange={setText} />}
      </div>
      {instead}
      {instead === undefined && values.isLoading && (values.error === null ? <Loading /> : <Failed error={values.error} />)}
      {instead === undefined && !values.isLoading && found.length === 0 && (
        <p className="px-5 py-3 text-[13px] text-soft">{values.values.length === 0 ? `Nothing is in it now. What steps write appears here at once.` : `No ${keyName} holds that.`}</p>
      )}
      {instead === undefined && found.length > 0 && (
        <ValueRows label={`The ${one}s of ${group}`} space={space} group={group} values={found} chosen={chosen} onChoose={onChoose} onNearEnd={values.more} />
      )}
      {isAdding && (
        <AddValue
          space={space}
          keyName={keyName}
          group={group}
          schema={schema}
          onClose={() => setAdding(false)}
          onWritten={(place) => {
            setAdding(false);
            onAdded(place);
          }}
        />
      )}
    </section>
  );
}

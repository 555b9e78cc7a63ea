/** A payload to write: as a form where there is a schema, or as JSON; one text behind both. */

import { lazy, Suspense, type ReactNode } from "react";
import { FormOrRaw } from "./form-or-raw.js";
import { SchemaForm } from "../form/schema-form.js";
import { pretty } from "../json/json.js";
import type { Schema } from "../schema/schema.js";
import { Button } from "../parts/button.js";
import { Loading } from "../parts/notes.js";
import { valueOf, type Payload } from "./payload.js";

/** The server has said nothing of the payload yet. */
const NOTHING_TOLD: ReadonlyMap<string, string> = new Map();

const JsonEditor = lazy(() => import("./json-editor.js"));

interface PayloadEditorProps {
  readonly payload: Payload;
  /** null: any JSON will do. */
  readonly schema: Schema | null;
  /** Whether all that is wrong is told, also of fields that nobody has been to. */
  readonly tellsAll: boolean;
  readonly onChange: (payload: Payload) => void;
  /** What it was at first; null where there is no way back. */
  readonly onReset: (() => void) | null;
}

export function PayloadEditor({ payload, schema, tellsAll, onChange, onReset }: PayloadEditorProps): ReactNode {
  const value = valueOf(payload);
  const isForm = schema !== null && !payload.isRaw;
  const tidy = value === undefined ? payload.text : pretty(value);
  const write = (text: string): void => onChange({ ...payload, text });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex min-h-8 flex-wrap items-center gap-2">
        {schema !== null && <FormOrRaw label="Write the payload as" isRaw={payload.isRaw} onChange={(isRaw) => onChange({ ...payload, isRaw })} />}
        {schema === null && <p className="text-[13px] text-soft">No schema is declared: any JSON is taken.</p>}
        <div className="grow" />
        {!isForm && tidy !== payload.text && <Button look="quiet" onClick={() => write(tidy)}>Tidy up</Button>}
        {onReset !== null && <Button look="quiet" onClick={onReset}>Start over</Button>}
      </div>
      {isForm && value === undefined && (
        <div role="alert" className="flex flex-col items-start gap-2 rounded-lg bg-warn-tint p-3 text-[13px] text-warn">
          <p>The raw JSON cannot be read, so there is no form for it.</p>
          <Button onClick={() => onChange({ ...payload, isRaw: true })}>Mend it</Button>
        </div>
      )}
      {isForm && value !== undefined && (
        <SchemaForm schema={schema} value={value} tellsAll={tellsAll} told={NOTHING_TOLD} onChange={(next) => write(next === undefined ? "" : pretty(next))} />
      )}
      {!isForm && (
        <Suspense fallback={<Loading />}>
          <JsonEditor label="Payload as JSON" value={payload.text} schema={schema} onChange={write} />
        </Suspense>
      )}
    </div>
  );
}

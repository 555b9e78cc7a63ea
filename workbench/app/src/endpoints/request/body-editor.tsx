/** The body of a request: as a form where there is a schema, or as text; one text behind both. */

import { lazy, Suspense, type ReactNode } from "react";
import type { EndpointView } from "../../api/types.js";
import { Button } from "../../parts/button.js";
import { classes } from "../../parts/class-names.js";
import { INPUT } from "../../parts/looks.js";
import { Loading } from "../../parts/notes.js";
import { CONTENT_TYPES, hasForm, isJsonType, jsonError, startingBody, type Draft } from "./draft.js";
import { losesDigits } from "../../json/digits.js";
import { parsed, pretty, type Json } from "../../json/json.js";
import { FormOrRaw } from "../../payload/form-or-raw.js";
import { SchemaForm } from "../../form/schema-form.js";

const JsonEditor = lazy(() => import("../../payload/json-editor.js"));

const EXAMPLES: Readonly<Record<string, string>> = {
  "application/x-www-form-urlencoded": "name=Ada&size=2",
  "application/xml": "<order/>",
};

interface BodyEditorProps {
  readonly endpoint: EndpointView;
  readonly draft: Draft;
  readonly wasSent: boolean;
  /** What the server said of parts of this very body, by their places. */
  readonly told: ReadonlyMap<string, string>;
  readonly onChange: (change: Partial<Draft>) => void;
}

export function BodyEditor(props: BodyEditorProps): ReactNode {
  const { endpoint, draft, onChange } = props;
  const canBeForm = hasForm(endpoint, draft.contentType);
  const isForm = canBeForm && !draft.isRaw;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        {canBeForm && <FormOrRaw label="Write the body as" isRaw={draft.isRaw} onChange={(isRaw) => onChange({ isRaw })} />}
        <select
          aria-label="Content type"
          title={draft.contentType}
          className={classes(INPUT, "h-8 w-24! py-0!")}
          value={draft.contentType}
          onChange={({ target }) => onChange({ contentType: target.value })}
        >
          {Object.entries(CONTENT_TYPES).map(([type, name]) => <option key={type} value={type}>{name}</option>)}
        </select>
        <div className="grow" />
        {!isForm && isJsonType(draft.contentType) && parsed(draft.body) !== undefined && !losesDigits(draft.body) && (
          <Button look="quiet" onClick={() => onChange({ body: pretty(parsed(draft.body) ?? null) })}>Tidy up</Button>
        )}
        {endpoint.bodySchema !== null && draft.body !== startingBody(endpoint) && (
          <Button look="quiet" onClick={() => onChange({ body: startingBody(endpoint) })}>Start over</Button>
        )}
      </div>
      {isForm ? <AsForm {...props} /> : <AsText {...props} />}
    </div>
  );
}

function AsForm({ endpoint, draft, wasSent, told, onChange }: BodyEditorProps): ReactNode {
  const broken = jsonError(draft.body);
  if (broken !== null) {
    return (
      <div role="alert" className="flex flex-col items-start gap-2 rounded-lg bg-warn-tint p-3 text-[13px] text-warn">
        <p>The raw JSON cannot be read, so there is no form for it: {broken}</p>
        <Button onClick={() => onChange({ isRaw: true })}>Mend it</Button>
      </div>
    );
  }
  if (losesDigits(draft.body)) {
    return (
      <div className="flex flex-col items-start gap-2 rounded-lg bg-warn-tint p-3 text-[13px] text-warn">
        <p>A number in it has more digits than a form can keep.</p>
        <Button onClick={() => onChange({ isRaw: true })}>Edit it as text</Button>
      </div>
    );
  }
  const change = (value: Json | undefined): void => onChange({ body: value === undefined ? "" : pretty(value) });
  return <SchemaForm schema={endpoint.bodySchema ?? true} value={parsed(draft.body)} tellsAll={wasSent} told={told} onChange={change} />;
}

function AsText({ endpoint, draft, onChange }: BodyEditorProps): ReactNode {
  const change = (body: string): void => onChange({ body });
  if (!isJsonType(draft.contentType)) {
    return <textarea aria-label="Body" spellCheck={false} rows={8} placeholder={EXAMPLES[draft.contentType]} className={classes(INPUT, "font-mono")} value={draft.body} onChange={({ target }) => change(target.value)} />;
  }
  return (
    <>
      {endpoint.bodySchema === null && <p className="text-[13px] text-soft">The step declares no schema: any JSON is taken.</p>}
      <Suspense fallback={<Loading />}>
        <JsonEditor label="Body as JSON" value={draft.body} schema={endpoint.bodySchema} onChange={change} />
      </Suspense>
    </>
  );
}

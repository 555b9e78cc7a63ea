/** A body as a form: made from its schema, in step with its text, because it is that text. */

import { useDeferredValue, useMemo, useState, type FocusEvent, type ReactNode } from "react";
import { problemsOf } from "../schema/check.js";
import { fieldOf, isShown } from "../schema/field.js";
import type { Json, JsonObject, Path } from "../json/json.js";
import type { Schema } from "../schema/schema.js";
import { FieldView } from "./field-view.js";
import { FormContext, placeOf } from "./form-context.js";
import { ObjectView } from "./object-view.js";

interface SchemaFormProps {
  readonly schema: Schema;
  readonly value: Json | undefined;
  /** Whether all that is wrong is told, also of fields that nobody has been to. */
  readonly tellsAll: boolean;
  /** What the server said, by places as `lines.0.count`. */
  readonly told: ReadonlyMap<string, string>;
  readonly onChange: (value: Json | undefined) => void;
}

export function SchemaForm({ schema, value, tellsAll, told, onChange }: SchemaFormProps): ReactNode {
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  const field = useMemo(() => fieldOf(schema, schema), [schema]);
  const checked = useDeferredValue(value);
  const problems = useMemo(() => {
    const found = checked === undefined ? [] : problemsOf(checked, schema);
    return new Map(found.map(({ path, message }) => [placeOf(path), message]));
  }, [checked, schema]);
  const context = useMemo(() => ({
    root: schema,
    problemAt: (path: Path) => {
      const own = tellsAll || visited.has(placeOf(path)) ? problems.get(placeOf(path)) : undefined;
      return own ?? told.get(path.join(".")) ?? null;
    },
  }), [schema, problems, tellsAll, visited, told]);
  const leave = ({ target }: FocusEvent): void => {
    const place = target.closest<HTMLElement>("[data-path]")?.dataset["path"];
    if (place !== undefined && !visited.has(place)) setVisited(new Set([...visited, place]));
  };
  const isPlain = field.kind === "object" && value !== undefined && isShown(value, field);
  const own = context.problemAt([]);
  return (
    <FormContext value={context}>
      <div onBlur={leave}>
        {isPlain
          ? <ObjectView field={field} value={value as JsonObject} path={[]} onChange={onChange} />
          : <FieldView name="body" schema={schema} value={value} path={[]} isRequired={false} onChange={onChange} />}
        {isPlain && own !== null && <p className="mt-2 text-xs text-bad">{own}</p>}
      </div>
    </FormContext>
  );
}

/** The items of a list. */

import { Plus, X } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { Button, IconButton } from "../parts/button.js";
import { fieldOf, initialOf, type Field } from "../schema/field.js";
import { withItem } from "../json/change.js";
import { type Json, type Path } from "../json/json.js";
import type { Schema } from "../schema/schema.js";
import { Control } from "./field-view.js";
import { focusField, placeOf, useForm, useTexts } from "./form-context.js";

/** More are edited as raw JSON: a form of thousands of fields helps nobody. */
const MOST_SHOWN = 100;

interface ListProps {
  readonly name: string;
  readonly field: Field & { readonly kind: "list" };
  readonly value: readonly Json[];
  readonly path: Path;
  readonly onChange: (value: readonly Json[]) => void;
}

export function ListView({ name, field, value, path, onChange }: ListProps): ReactNode {
  const { root } = useForm();
  const schemaAt = (index: number): Schema | null => field.prefix[index] ?? field.items;
  const next = schemaAt(value.length);
  const remove = (index: number): void => {
    onChange(withItem(value, index, undefined));
    focusField(value.length > 1 ? [...path, Math.min(index, value.length - 2)] : path);
  };
  const mayAdd = next !== null && value.length < field.most;
  return (
    <div className="flex flex-col gap-2">
      {value.slice(0, MOST_SHOWN).map((item, index) => (
        <Item
          // An item is known by its place alone.
          key={index}
          name={`${name} ${index + 1}`}
          schema={schemaAt(index) ?? true}
          value={item}
          path={[...path, index]}
          onChange={(part) => onChange(withItem(value, index, part))}
          onRemove={() => remove(index)}
        />
      ))}
      {value.length > MOST_SHOWN && <p className="text-xs text-soft">{value.length - MOST_SHOWN} more are in the raw JSON.</p>}
      {mayAdd && (
        <Button className="self-start" onClick={() => { onChange([...value, initialOf(next, root)]); focusField([...path, value.length]); }}>
          <Plus size={14} aria-hidden />Add item<span className="sr-only"> to {name}</span>
        </Button>
      )}
    </div>
  );
}

interface ItemProps {
  readonly name: string;
  readonly schema: Schema;
  readonly value: Json;
  readonly path: Path;
  readonly onChange: (value: Json) => void;
  readonly onRemove: () => void;
}

function Item({ name, schema, value, path, onChange, onRemove }: ItemProps): ReactNode {
  const { root, problemAt } = useForm();
  const field = useMemo(() => fieldOf(schema, root), [schema, root]);
  const problem = problemAt(path);
  const { control, problemId } = useTexts([], problem);
  // An emptied control is no item that goes: that is what the cross is for.
  const keep = (part: Json | undefined): void => onChange(part ?? (typeof value === "string" ? "" : null));
  return (
    <div data-path={placeOf(path)} className="flex items-start gap-1">
      <div role="group" aria-label={name} className="flex min-w-0 grow flex-col gap-1">
        <label htmlFor={control.id} className="sr-only">{name}</label>
        <Control {...{ name, schema, field, value, path, control }} isRequired onChange={keep} />
        {problem !== null && <p id={problemId} className="text-xs text-bad">{problem}</p>}
      </div>
      <IconButton label={`Remove ${name}`} side="left" onClick={onRemove}><X size={14} aria-hidden /></IconButton>
    </div>
  );
}

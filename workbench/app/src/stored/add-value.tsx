/** Writes a value that is not there yet. */

import { useId, useState, type ReactNode } from "react";
import type { Place } from "../api/stored.js";
import { FormDialog } from "../parts/dialog.js";
import { WriteForm, type ItemSchema } from "./write-form.js";

interface AddValueProps {
  readonly space: string;
  /** As it is called here: `key`, or `id` of a stream's item. */
  readonly keyName: string;
  readonly group: string;
  readonly schema: ItemSchema;
  readonly onClose: () => void;
  readonly onWritten: (place: Place) => void;
}

export function AddValue({ space, keyName, group: startGroup, schema, onClose, onWritten }: AddValueProps): ReactNode {
  const [group, setGroup] = useState(startGroup);
  const [key, setKey] = useState("");
  const place = group === "" || key === "" ? null : { space, group, key };
  return (
    <FormDialog title={keyName === "id" ? "Add an item" : "Add a value"} onClose={onClose}>
      <WriteForm place={place} start={"{\n  \n}"} schema={schema} onClose={onClose} onWritten={onWritten}>
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField label="Group" value={group} onChange={setGroup} />
          <TextField label={keyName === "id" ? "Id" : "Key"} value={key} onChange={setKey} hasFocus />
        </div>
        {schema !== null && <SchemaHelp schema={schema} />}
      </WriteForm>
    </FormDialog>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hasFocus?: boolean;
}

function TextField({ label, value, onChange, hasFocus = false }: TextFieldProps): ReactNode {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-[13px] font-medium">{label}</label>
      <input
        id={id}
        required
        autoFocus={hasFocus}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        className="h-9 rounded-lg border border-strong-line bg-card px-2.5 font-mono text-[13px]"
      />
    </div>
  );
}

/** What an item of the stream holds, field by field. */
export function SchemaHelp({ schema, isOpen = false }: { readonly schema: Readonly<Record<string, unknown>>; readonly isOpen?: boolean }): ReactNode {
  const fields = fieldsOf(schema);
  return (
    <details open={isOpen} className="rounded-lg border bg-card text-[13px]">
      <summary className="cursor-pointer px-3 py-1.5 text-soft hover:text-text">What an item holds{fields.length > 0 && `: ${fields.map(({ name }) => name).join(", ")}`}</summary>
      {fields.length > 0 && (
        <ul className="flex flex-col gap-1 border-t px-3 py-2">
          {fields.map(({ name, type, description, isRequired }) => (
            <li key={name} className="flex flex-wrap items-baseline gap-x-2">
              <code className="text-xs text-(--code-name)">{name}</code>
              <span className="text-xs text-soft">{type}{isRequired && ", required"}</span>
              {description !== "" && <span>{description}</span>}
            </li>
          ))}
        </ul>
      )}
      <pre tabIndex={0} aria-label="Schema" className="max-h-56 overflow-auto border-t p-3 text-xs">{JSON.stringify(schema, null, 2)}</pre>
    </details>
  );
}

interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly isRequired: boolean;
}

function fieldsOf({ properties, required }: Readonly<Record<string, unknown>>): readonly SchemaField[] {
  if (typeof properties !== "object" || properties === null) return [];
  const wanted = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties as Record<string, Record<string, unknown>>).map(([name, field]) => ({
    name,
    type: typeof field["type"] === "string" ? field["type"] : "any",
    description: typeof field["description"] === "string" ? field["description"] : "",
    isRequired: wanted.has(name),
  }));
}

/** The fields of an object: those that its schema names, then others. */

import { Plus } from "lucide-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { Button } from "../parts/button.js";
import { INPUT } from "../parts/looks.js";
import { initialOf, type Field } from "../schema/field.js";
import { withKey } from "../json/change.js";
import { type Json, type JsonObject, type Path } from "../json/json.js";
import type { Schema } from "../schema/schema.js";
import { FieldView } from "./field-view.js";
import { useForm } from "./form-context.js";

interface ObjectProps {
  readonly field: Field & { readonly kind: "object" };
  readonly value: JsonObject;
  readonly path: Path;
  readonly onChange: (value: JsonObject) => void;
}

export function ObjectView({ field, value, path, onChange }: ObjectProps): ReactNode {
  const known = new Set(field.properties.map(({ name }) => name));
  const others = Object.keys(value).filter((name) => !known.has(name));
  const change = (name: string) => (part: Json | undefined): void => onChange(withKey(value, name, part));
  // Most schemas allow other fields without meaning any: they are offered where some are meant.
  const offersMore = field.others !== null && (field.others !== true || known.size === 0);
  return (
    <div className="flex flex-col gap-3.5">
      {field.properties.map(({ name, schema, isRequired }) => (
        <FieldView key={name} {...{ name, schema, isRequired }} value={own(value, name)} path={[...path, name]} onChange={change(name)} />
      ))}
      {others.map((name) => (
        <FieldView key={name} name={name} schema={field.others ?? true} isRequired={false} isOther value={value[name]} path={[...path, name]} onChange={change(name)} />
      ))}
      {offersMore && <NewField schema={field.others ?? true} taken={value} onAdd={(name, part) => onChange(withKey(value, name, part))} />}
      {!offersMore && known.size === 0 && others.length === 0 && <p className="text-[13px] text-soft">It has no fields.</p>}
    </div>
  );
}

function own(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

interface NewFieldProps {
  readonly schema: Schema;
  readonly taken: JsonObject;
  readonly onAdd: (name: string, value: Json) => void;
}

function NewField({ schema, taken, onAdd }: NewFieldProps): ReactNode {
  const [name, setName] = useState("");
  const { root } = useForm();
  const mayAdd = name !== "" && !Object.hasOwn(taken, name);
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (!mayAdd) return;
    onAdd(name, initialOf(schema, root));
    setName("");
  };
  return (
    <form className="flex gap-2" onSubmit={add}>
      <input className={INPUT} aria-label="Name of a new field" placeholder="name of a new field" value={name} onChange={(event) => setName(event.target.value)} />
      <Button type="submit" disabled={!mayAdd}><Plus size={14} aria-hidden />Add field</Button>
    </form>
  );
}

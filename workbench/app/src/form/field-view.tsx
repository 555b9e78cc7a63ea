/** One field of a form: its name, what is said about it, and the control for its kind. */

import { X } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { IconButton } from "../parts/button.js";
import { fieldOf, initialOf, isShown, nullableOf, type Field } from "../schema/field.js";
import type { Json, JsonObject, Path } from "../json/json.js";
import type { Schema } from "../schema/schema.js";
import { kindWords } from "../schema/words.js";
import { focusField, placeOf, useForm, useTexts, type ControlProps } from "./form-context.js";
import { ChoiceInput, JsonInput, NumberInput, TextInput } from "./inputs.js";
import { ListView } from "./list-view.js";
import { ObjectView } from "./object-view.js";
import { AddButton, VariantsView } from "./variants-view.js";

export interface FieldProps {
  readonly name: string;
  readonly schema: Schema;
  /** `undefined`: it is left out. */
  readonly value: Json | undefined;
  readonly path: Path;
  readonly isRequired: boolean;
  /** Whether it is there by its value alone: emptied, it stays. */
  readonly isOther?: boolean;
  readonly onChange: (value: Json | undefined) => void;
}

export function FieldView({ name, schema, value, path, isRequired, isOther = false, onChange }: FieldProps): ReactNode {
  const { root, problemAt } = useForm();
  const field = useMemo(() => fieldOf(schema, root), [schema, root]);
  const problem = problemAt(path);
  const texts = useTexts(field.description === "" ? ["kind"] : ["kind", "about"], problem, isRequired);
  const isGroup = isGrouped(field, root) && (value === undefined || isShown(value, field));
  const mayGo = !isRequired && value !== undefined;
  const keep = (part: Json | undefined): void => onChange(part === undefined && typeof value === "string" ? "" : part);
  const group = isGroup ? { role: "group", "aria-labelledby": `${texts.id}-name` } : {};
  const nameProps = { id: `${texts.id}-name`, className: "font-mono text-[13px] font-medium break-all" };
  return (
    <div {...group} data-path={placeOf(path)} className="flex min-w-0 flex-col gap-1">
      <div className="flex min-h-6 items-baseline gap-2">
        {isGroup ? <span {...nameProps}>{name}</span> : <label htmlFor={texts.id} {...nameProps}>{name}</label>}
        {isRequired && <span aria-hidden className="-ml-1 text-bad">*</span>}
        <span id={`${texts.id}-kind`} className="min-w-0 grow truncate text-xs text-soft">{kindWords(field, root)}</span>
        {mayGo && (
          <IconButton label={`Leave out ${name}`} side="left" className="-my-1 h-6! w-6! self-center" onClick={() => { onChange(undefined); focusField(path); }}>
            <X size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      {field.description !== "" && <p id={`${texts.id}-about`} className="text-xs text-soft">{field.description}</p>}
      <Control {...{ name, field, schema, value, path, isRequired, control: texts.control }} onChange={isOther ? keep : onChange} />
      {problem !== null && <p id={texts.problemId} className="text-xs text-bad">{problem}</p>}
    </div>
  );
}

/** Whether the field is several controls. */
function isGrouped(field: Field, root: Schema): boolean {
  if (field.kind === "variants") return nullableOf(field, root) === null || isGrouped(fieldOf(nullableOf(field, root)?.schema ?? true, root), root);
  return field.kind === "object" || field.kind === "list" || field.kind === "null";
}

export interface PartProps extends FieldProps {
  readonly field: Field;
  readonly control: ControlProps;
}

export function Control(props: PartProps): ReactNode {
  const { field, value, name, schema, path, isRequired, onChange, control } = props;
  const { root } = useForm();
  const placeholder = field.initial === undefined ? (isRequired ? "required" : "") : `default: ${field.initial === "" ? "empty" : JSON.stringify(field.initial)}`;
  const shared = { control, placeholder, onChange };
  if (value !== undefined && !isShown(value, field)) {
    return <JsonInput {...shared} value={value} />;
  }
  switch (field.kind) {
    case "text":
      return <TextInput {...shared} value={value as string | undefined} format={formatOf(field.format, name)} />;
    case "number":
      return <NumberInput {...shared} value={value as number | undefined} isWhole={field.isWhole} />;
    case "choice":
      return <ChoiceInput {...shared} value={value} field={field} isRequired={isRequired} />;
    case "any":
      return <JsonInput {...shared} value={value} />;
    case "variants":
      return <VariantsView {...props} field={field} />;
    default:
      break;
  }
  if (value === undefined) return <AddButton name={name} onAdd={() => { onChange(initialOf(schema, root)); focusField(path); }} />;
  if (field.kind === "object") return <Inset><ObjectView field={field} value={value as JsonObject} path={path} onChange={onChange} /></Inset>;
  if (field.kind === "list") return <ListView name={name} field={field} value={value as readonly Json[]} path={path} onChange={onChange} />;
  return <p className="font-mono text-[13px] text-soft">null</p>;
}

function Inset({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className="ml-1 border-l-2 pl-3">{children}</div>;
}

/** Who looks over a shoulder should not read passwords, whether the schema says so or not. */
function formatOf(format: string, name: string): string {
  return format === "" && /passw/i.test(name) ? "password" : format;
}

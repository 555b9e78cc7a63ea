/** A field that may be one of several things; or one thing, or null. */

import { Plus } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { INPUT } from "../parts/looks.js";
import { fieldOf, initialOf, nullableOf, variantOf, type Field, type Variant } from "../schema/field.js";
import { Control, type PartProps } from "./field-view.js";
import { useForm } from "./form-context.js";

interface VariantsProps extends PartProps {
  readonly field: Field & { readonly kind: "variants" };
}

export function VariantsView(props: VariantsProps): ReactNode {
  const nullable = nullableOf(props.field, useForm().root);
  return nullable === null ? <OneOf {...props} /> : <OrNull {...props} variant={nullable} />;
}

/** `null` is a tick beside what it would be otherwise. */
function OrNull({ variant, ...props }: VariantsProps & { readonly variant: Variant }): ReactNode {
  const { root } = useForm();
  const inner = { ...fieldOf(variant.schema, root), initial: props.field.initial };
  const isNull = props.value === null;
  const toggle = (isTicked: boolean): void => props.onChange(isTicked ? null : initialOf(variant.schema, root));
  const isWide = inner.kind === "object" || inner.kind === "list" || inner.kind === "variants";
  return (
    <div className={classes("flex gap-x-3 gap-y-1", isWide ? "flex-col" : "items-start")}>
      <div className="min-w-0 grow">
        {isNull
          ? <input {...props.control} readOnly value="null" className={classes(INPUT, "font-mono text-soft")} />
          : <Control {...props} schema={variant.schema} field={inner} isRequired={props.isRequired && props.value !== undefined} />}
      </div>
      <label className="flex h-[34px] items-center gap-1.5 text-xs text-soft">
        <input type="checkbox" className="size-4 accent-(--accent)" checked={isNull} aria-label={`${props.name} is null`} onChange={(event) => toggle(event.target.checked)} />
        null
      </label>
    </div>
  );
}

function OneOf(props: VariantsProps): ReactNode {
  const { root } = useForm();
  const { field, value, name, onChange, isRequired, control } = props;
  // Little filled in, an object may be any of them.
  const [picked, setPicked] = useState(-1);
  const chosen = value === undefined ? -1 : variantOf(value, field.variants, root, picked);
  const variant = field.variants[chosen];
  const choose = (index: number): void => {
    const next = field.variants[index];
    setPicked(index);
    onChange(next === undefined ? undefined : initialOf(next.schema, root));
  };
  return (
    <div className="flex flex-col gap-2">
      <select aria-label={`Variant of ${name}`} className={classes(INPUT, "h-[34px]")} value={chosen} onChange={(event) => choose(Number(event.target.value))}>
        {(chosen < 0 || !isRequired) && <option value={-1}>{value === undefined ? "left out" : "none of them"}</option>}
        {field.variants.map((each, index) => <option key={`${index}${each.name}`} value={index}>{each.name}</option>)}
      </select>
      {variant !== undefined && value !== undefined && (
        <>
          <label htmlFor={control.id} className="sr-only">{name}, {variant.name}</label>
          <Control {...props} schema={variant.schema} field={fieldOf(variant.schema, root)} isRequired />
        </>
      )}
    </div>
  );
}

export function AddButton({ name, onAdd }: { readonly name: string; readonly onAdd: () => void }): ReactNode {
  return <Button className="self-start" onClick={onAdd}><Plus size={14} aria-hidden />Add {name}</Button>;
}

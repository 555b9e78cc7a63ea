/** The plain controls: each shows one value and says what it becomes. `undefined`: it is left out. */

import { useEffect, useState, type ReactNode } from "react";
import { classes } from "../parts/class-names.js";
import { INPUT } from "../parts/looks.js";
import type { Field } from "../schema/field.js";
import { isSame, parsed, type Json } from "../json/json.js";
import type { ControlProps } from "./form-context.js";

interface InputProps<T extends Json = Json> {
  readonly control: ControlProps;
  readonly value: T | undefined;
  readonly placeholder: string;
  readonly onChange: (value: Json | undefined) => void;
}

/** Kinds of inputs that browsers know; what they give is what the format asks for. */
const INPUT_TYPES: Readonly<Record<string, string>> = { date: "date", email: "email", uri: "url", password: "password" };
const EXAMPLES: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z", time: "12:00:00Z", duration: "P1DT2H", uuid: "00000000-0000-4000-8000-000000000000", ipv4: "127.0.0.1",
};

/** What is emptied is left out; an empty text comes from elsewhere, and is told apart. */
export function TextInput({ control, value, placeholder, format, onChange }: InputProps<string> & { readonly format: string }): ReactNode {
  const example = EXAMPLES[format] ?? "";
  const hint = value === "" ? "empty text" : [placeholder, example].filter((each) => each !== "").join(", as ");
  const shared = { ...control, value: value ?? "", placeholder: hint, autoComplete: "off", spellCheck: false };
  const change = (text: string): void => onChange(text === "" ? undefined : text);
  if (format === "") {
    return <textarea {...shared} rows={1} className={classes(INPUT, "field-sizing-content max-h-60 resize-none")} onChange={(event) => change(event.target.value)} />;
  }
  return <input {...shared} type={INPUT_TYPES[format] ?? "text"} className={INPUT} onChange={(event) => change(event.target.value)} />;
}

export function NumberInput({ control, value, placeholder, isWhole, onChange }: InputProps<number> & { readonly isWhole: boolean }): ReactNode {
  return (
    <input
      {...control}
      type="number"
      // Limits are told in words; the browser's own bubble would be a second voice.
      step={isWhole ? 1 : "any"}
      className={INPUT}
      value={value ?? ""}
      placeholder={placeholder}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.valueAsNumber)}
    />
  );
}

type Choice = Field & { readonly kind: "choice" };

export function ChoiceInput({ control, value, placeholder, field, isRequired, onChange }: InputProps & { readonly field: Choice; readonly isRequired: boolean }): ReactNode {
  const chosen = value === undefined ? -1 : field.options.findIndex((option) => isSame(option.value, value));
  const isOther = value !== undefined && chosen < 0;
  // There is nothing to choose.
  if (field.options.length === 1 && chosen === 0 && isRequired) {
    return <input {...control} readOnly className={classes(INPUT, "font-mono text-soft")} value={field.options[0]?.name} />;
  }
  return (
    <select
      {...control}
      className={classes(INPUT, "h-[34px]")}
      value={isOther ? "other" : chosen}
      onChange={({ target }) => onChange(field.options[Number(target.value)]?.value)}
    >
      {(!isRequired || chosen < 0) && <option value={-1}>{placeholder === "" ? "left out" : placeholder}</option>}
      {isOther && <option value="other">{JSON.stringify(value)}</option>}
      {field.options.map(({ name }, index) => <option key={name} value={index}>{name}</option>)}
    </select>
  );
}

/** Any JSON as text. What is none yet is not taken over. */
export function JsonInput({ control, value, placeholder, onChange }: InputProps): ReactNode {
  const [text, setText] = useState(() => written(value));
  const isBroken = text.trim() !== "" && parsed(text) === undefined;
  useEffect(() => {
    // Changed from elsewhere; the same value keeps the spaces with which it is being written.
    setText((shown) => (isSameOrNone(parsed(shown), value) ? shown : written(value)));
  }, [value]);
  const change = (next: string): void => {
    setText(next);
    const meant = parsed(next);
    if (next.trim() === "" || meant !== undefined) onChange(meant);
  };
  return (
    <>
      <textarea
        {...control}
        aria-invalid={isBroken || control["aria-invalid"]}
        rows={1}
        spellCheck={false}
        className={classes(INPUT, "field-sizing-content max-h-60 resize-none font-mono")}
        value={text}
        placeholder={placeholder === "" ? "JSON" : placeholder}
        onChange={(event) => change(event.target.value)}
      />
      {isBroken && <p className="text-xs text-bad">This is no JSON yet, so it is not taken over.</p>}
    </>
  );
}

function written(value: Json | undefined): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

function isSameOrNone(one: Json | undefined, other: Json | undefined): boolean {
  return one === undefined || other === undefined ? one === other : isSame(one, other);
}

/** What all fields of one form share. */

import { createContext, use, useId } from "react";
import type { Path } from "../json/json.js";
import type { Schema } from "../schema/schema.js";

export interface FormContent {
  /** The document in which references are looked up. */
  readonly root: Schema;
  /** What is wrong at a place, if it is to be told by now. */
  problemAt(path: Path): string | null;
}

export const FormContext = createContext<FormContent>({ root: true, problemAt: () => null });

export function useForm(): FormContent {
  return use(FormContext);
}

/** A place as one text. */
export function placeOf(path: Path): string {
  return JSON.stringify(path);
}

/** Move the focus to the first control of a field, once it is drawn: what was pressed may be gone then. */
export function focusField(path: Path): void {
  const place = placeOf(path);
  setTimeout(() => {
    const field = [...document.querySelectorAll<HTMLElement>("[data-path]")].find(({ dataset }) => dataset["path"] === place);
    field?.querySelector<HTMLElement>(":is(input, select, textarea):not([readonly]), button")?.focus();
  });
}

/** What ties a control to its label, and to what is said about it: `said` are names of parts. */
export function useTexts(said: readonly string[], problem: string | null, isRequired = false) {
  const id = useId();
  const texts = [...said, ...(problem === null ? [] : ["problem"])].map((part) => `${id}-${part}`);
  return {
    id,
    problemId: `${id}-problem`,
    control: {
      id,
      "aria-required": isRequired || undefined,
      "aria-describedby": texts.length > 0 ? texts.join(" ") : undefined,
      "aria-invalid": problem === null ? undefined : true,
    },
  };
}

export type ControlProps = ReturnType<typeof useTexts>["control"];

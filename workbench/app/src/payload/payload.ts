/** A payload while it is written: one text, whether it is seen as a form or as JSON. Pure. */

import { problemsOf } from "../schema/check.js";
import { initialOf } from "../schema/field.js";
import { parsed, pretty, type Json } from "../json/json.js";
import type { Schema } from "../schema/schema.js";

export interface Payload {
  readonly text: string;
  readonly isRaw: boolean;
}

/** What a schema asks for, with nothing filled in; without one, an empty object. */
export function blankPayload(schema: Schema | null): Payload {
  return { text: pretty(schema === null ? {} : initialOf(schema, schema)), isRaw: schema === null };
}

export function payloadOf(value: unknown): Payload {
  return { text: pretty(value as Json), isRaw: false };
}

/** Undefined: the text is no JSON. */
export function valueOf({ text }: Payload): Json | undefined {
  return parsed(text);
}

/** Why a step would refuse it, in one line; null if it would not. */
export function refusalOf(value: Json | undefined, schema: Schema | null): string | null {
  if (value === undefined) return "it is no JSON";
  if (schema === null) return null;
  const [first, ...others] = problemsOf(value, schema);
  if (first === undefined) return null;
  const place = first.path.length === 0 ? "" : `${first.path.join(".")} `;
  return `${place}${first.message}${others.length === 0 ? "" : `, and ${others.length} more`}`;
}

/** What is told of what a run was given, and of what it answered. Pure. */

import type { RequestView, ResponseView, RunInputView, RunView } from "../api/types.js";

export interface ToldValue {
  readonly name: "Data" | "Query" | "Body" | "Headers";
  readonly value: unknown;
  /** Whether it is to be seen at once; undefined: if it is small. */
  readonly isOpen: boolean | undefined;
}

/** One side of the exchange. */
export interface ToldSide {
  readonly request: RequestView | null;
  readonly values: readonly ToldValue[];
  /** What there is to say where a value is missing. */
  readonly words: string | null;
}

export const FORGOTTEN = "It is not remembered any more.";

/** A schedule brings its step nothing, whether or not that is remembered. */
export function isGivenNothing({ trigger }: RunView, given: RunInputView | undefined): boolean {
  if (trigger.startsWith("cron(")) return given?.part !== "data";
  return given?.part === "nothing" && given.request === null && given.refusal === null;
}

export function givenOf({ part, value, request, refusal }: RunInputView): ToldSide {
  if (request === null) {
    const data: readonly ToldValue[] = part === "nothing" ? [] : [{ name: "Data", value, isOpen: undefined }];
    return { request, values: data, words: part === "nothing" ? (refusal ?? "Nothing.") : null };
  }
  const body: readonly ToldValue[] = part === "body" ? [{ name: "Body", value, isOpen: undefined }] : [];
  return {
    request,
    values: [...some("Query", request.query, undefined), ...body, ...some("Headers", request.headers, false)],
    words: part === "nothing" ? "Its body is no JSON, form or text that could be read: it is not shown." : null,
  };
}

/** Why a request was refused is what one came for: that is open, however large. */
export function answeredOf({ status, headers, body, hasBody, note }: ResponseView): ToldSide {
  const isEmpty = body === "" || body === null;
  const shown: readonly ToldValue[] = hasBody && !isEmpty ? [{ name: "Body", value: body, isOpen: status >= 400 ? true : undefined }] : [];
  return { request: null, values: [...shown, ...some("Headers", headers, false)], words: note ?? (hasBody && isEmpty ? "Without a body." : null) };
}

function some(name: ToldValue["name"], value: Readonly<Record<string, unknown>>, isOpen: boolean | undefined): readonly ToldValue[] {
  return Object.keys(value).length === 0 ? [] : [{ name, value, isOpen }];
}

/** What is filled in for an endpoint but not sent yet, and the request that it makes. Pure. */

import type { EndpointView } from "../../api/types.js";
import { pretty } from "../../json/json.js";
import { own } from "../../json/own.js";
import { fieldOf, initialOf } from "../../schema/field.js";
import { addressOf, isOptional, parametersIn } from "./address.js";
import { bodyWithoutSecrets, isSecretName } from "./secrets.js";

/** A name and its value; one that is off is not sent. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly isOn: boolean;
}

export interface Draft {
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly Row[];
  readonly headers: readonly Row[];
  readonly contentType: string;
  readonly body: string;
  /** As text, though a form could be had. */
  readonly isRaw: boolean;
}

export interface Request {
  readonly method: string;
  /** From the server's root on. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** null: none. */
  readonly body: string | null;
}

export const JSON_TYPE = "application/json";
/** Those that are offered, by what people call them. Any other can be given as a header. */
export const CONTENT_TYPES: Readonly<Record<string, string>> = {
  [JSON_TYPE]: "JSON", "application/x-www-form-urlencoded": "Form fields, as text", "text/plain": "Text", "application/xml": "XML",
};

/** What is longer is not kept for the session. */
const MOST_KEPT_CHARACTERS = 64_000;

export function newDraft(endpoint: EndpointView): Draft {
  return {
    params: {},
    query: endpoint.queryParams.map(({ name }) => ({ name, value: "", isOn: false })),
    headers: [],
    contentType: JSON_TYPE,
    body: startingBody(endpoint),
    isRaw: false,
  };
}

export function startingBody({ bodySchema }: EndpointView): string {
  return bodySchema === null ? "" : pretty(initialOf(bodySchema, bodySchema));
}

/** The draft with a row for each query parameter that is declared now. */
export function withDeclared(draft: Draft, endpoint: EndpointView): Draft {
  const named = new Set(draft.query.map(({ name }) => name));
  const added = endpoint.queryParams.filter(({ name }) => !named.has(name));
  if (added.length === 0) return draft;
  return { ...draft, query: [...draft.query, ...added.map(({ name }) => ({ name, value: "", isOn: false }))] };
}

/** Browsers send no body with these. */
export function mayHaveBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Whether a form can be offered beside the raw text. */
export function hasForm({ bodySchema }: EndpointView, contentType: string): boolean {
  return bodySchema !== null && isJsonType(contentType) && fieldOf(bodySchema, bodySchema).kind !== "any";
}

export function isJsonType(contentType: string): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(contentType);
}

/** The path parameters that must be filled in and are not. */
export function missingParams(endpoint: EndpointView, draft: Draft): readonly string[] {
  return parametersIn(endpoint.path).filter((name) => !isOptional(endpoint.path, name) && (own(draft.params, name) ?? "") === "");
}

export function requestOf(endpoint: EndpointView, draft: Draft): Request {
  const { method, path } = endpoint;
  const headers = sentRows(draft.headers);
  const body = mayHaveBody(method) && draft.body.trim() !== "" ? draft.body : null;
  const hasType = headers.some(([name]) => name.toLowerCase() === "content-type");
  return {
    method,
    path: addressOf(path, draft.params, sentRows(draft.query)),
    headers: body === null || hasType ? headers : [["Content-Type", draft.contentType], ...headers],
    body,
  };
}

export function sentRows(rows: readonly Row[]): readonly (readonly [string, string])[] {
  return rows.filter(({ name, isOn }) => isOn && name.trim() !== "").map(({ name, value }) => [name.trim(), value]);
}

/** What of a draft may be written down: no secret, and not very much. */
export function keptPart(draft: Draft): Draft {
  const rows = (given: readonly Row[]): readonly Row[] =>
    given.map((row) => (isSecretName(row.name) ? { ...row, value: "" } : row));
  const params = Object.entries(draft.params).map(([name, value]) => [name, isSecretName(name) ? "" : value]);
  return {
    ...draft,
    params: Object.fromEntries(params),
    query: rows(draft.query),
    headers: rows(draft.headers),
    body: draft.body.length > MOST_KEPT_CHARACTERS ? "" : bodyWithoutSecrets(draft.body),
  };
}

/** Whether something that was kept is a draft: it may be an older version's. */
export function isDraft(value: unknown): value is Draft {
  const draft = value as Partial<Draft> | null;
  return typeof draft === "object" && draft !== null && typeof draft.body === "string" && typeof draft.contentType === "string"
    && isRows(draft.query) && isRows(draft.headers) && typeof draft.params === "object" && draft.params !== null;
}

function isRows(value: unknown): boolean {
  return Array.isArray(value) && value.every((row: Partial<Row> | null) => typeof row?.name === "string" && typeof row.value === "string");
}

/** Why the text is no JSON; null if it is, or is empty. */
export function jsonError(text: string): string | null {
  if (text.trim() === "") return null;
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

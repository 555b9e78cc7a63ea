/** Paths as steps declare them, `/users/:id?` or `/files/*`, and the addresses that they stand for. Pure. */

import { own } from "../../json/own.js";

/** The name of what `*` stands for. */
const REST = "0";

export interface Segment {
  readonly text: string;
  /** The parameter that stands here. */
  readonly parameter: string | null;
}

export function segmentsOf(path: string): readonly Segment[] {
  return path
    .split("/")
    .filter((text) => text !== "")
    .map((text) => ({ text, parameter: text === "*" ? REST : text.startsWith(":") ? text.slice(1).replace(/\?$/, "") : null }));
}

export function parametersIn(path: string): readonly string[] {
  return segmentsOf(path).flatMap(({ parameter }) => (parameter === null ? [] : [parameter]));
}

/** Whether the path is one without this parameter, too. */
export function isOptional(path: string, name: string): boolean {
  return segmentsOf(path).some(({ text, parameter }) => parameter === name && (text === "*" || text.endsWith("?")));
}

/** `:id`, or `*` for the rest of a path. */
export function parameterWord(name: string): string {
  return name === REST ? "*" : `:${name}`;
}

/** The address with the values in their places; a parameter without one stays as it is declared. */
export function addressOf(
  path: string,
  params: Readonly<Record<string, string>>,
  query: readonly (readonly [string, string])[],
): string {
  const parts = segmentsOf(path).flatMap(({ text, parameter }) => {
    if (parameter === null) return [text];
    const value = own(params, parameter) ?? "";
    if (value === "") return isOptional(path, parameter) ? [] : [text];
    return [text === "*" ? value.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value)];
  });
  const search = new URLSearchParams(query.map(([name, value]) => [name, value])).toString();
  return `/${parts.join("/")}${search === "" ? "" : `?${search}`}`;
}

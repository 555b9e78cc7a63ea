/** A request as other programs write it, to be copied. Pure; quoted so that it means the same there. */

import { parsed, type Json } from "../../json/json.js";
import { isJsonType, type Request } from "./draft.js";

export const LANGUAGES = { curl: "curl", httpx: "Python, httpx", pytest: "pytest, MotiaTester" } as const;
export type Language = keyof typeof LANGUAGES;

/** `origin` is the server's address; `status` what it answered, or null if it was not asked yet. */
export function snippetOf(language: Language, request: Request, origin: string, status: number | null): string {
  if (language === "curl") return curl(request, origin);
  return language === "httpx" ? httpx(request, origin) : pytest(request, status);
}

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function curl({ method, path, headers, body }: Request, origin: string): string {
  // -g: else curl reads brackets in the address as ranges.
  const parts = [`curl -g ${shellWord(origin + path)}`];
  const ownMethod = body === null ? "GET" : "POST";
  if (method === "HEAD") parts.push("--head");
  else if (method !== ownMethod) parts.push(`--request ${method}`);
  // With a semicolon curl sends a header that is empty; with a colon it would leave it out.
  for (const [name, value] of headers) parts.push(`--header ${shellWord(value === "" ? `${name};` : `${name}: ${value}`)}`);
  if (body !== null) parts.push(`--data-raw ${shellWord(body)}`);
  return parts.join(" \\\n  ");
}

/** A text in Python's quotes: JSON's escapes are Python's too, but for halves of pairs. */
export function pythonText(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", String.raw`\x7f`);
}

/** A value as Python writes it, on one line if it is short. */
export function pythonValue(value: Json, indent = ""): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return pythonText(value);
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : "None";
  const inner = `${indent}    `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((item) => pythonValue(item as Json, inner))
    : Object.entries(value).map(([key, item]) => `${pythonText(key)}: ${pythonValue(item as Json, inner)}`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const short = `${open}${parts.join(", ")}${close}`;
  if (indent.length + short.length <= 80 && !short.includes("\n")) return short;
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}${close}`;
}

interface PythonCall {
  readonly path: string;
  readonly arguments: readonly string[];
}

/** The body as `json=` where that says the same, so that the header can be left out. */
function pythonCall({ path, headers, body }: Request, indent: string, raw: "content" | "data"): PythonCall {
  const type = headers.find(([name]) => name.toLowerCase() === "content-type");
  const value = body !== null && type !== undefined && isJsonType(type[1]) ? parsed(body) : undefined;
  const shown = value === undefined || type?.[1] !== "application/json" ? headers : headers.filter((header) => header !== type);
  const given: string[] = [];
  if (shown.length > 0) given.push(`headers=${pythonHeaders(shown, indent)}`);
  if (value !== undefined) given.push(`json=${pythonValue(value, indent)}`);
  else if (body !== null) given.push(`${raw}=${pythonText(body)}.encode()`);
  return { path, arguments: given };
}

/** A name that comes twice needs a list of pairs. */
function pythonHeaders(headers: readonly (readonly [string, string])[], indent: string): string {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  if (names.size === headers.length) return pythonValue(Object.fromEntries(headers), indent);
  return `[${headers.map(([name, value]) => `(${pythonText(name)}, ${pythonText(value)})`).join(", ")}]`;
}

function called(name: string, first: readonly string[], rest: readonly string[], indent: string): string {
  const inner = `${indent}    `;
  const short = `${name}(${[...first, ...rest].join(", ")})`;
  if (indent.length + short.length <= 88 && !short.includes("\n")) return short;
  return `${name}(\n${[...first, ...rest].map((part) => `${inner}${part},\n`).join("")}${indent})`;
}

function httpx(request: Request, origin: string): string {
  const call = pythonCall(request, "    ", "content");
  const first = [pythonText(request.method), pythonText(origin + request.path)];
  return `import httpx\n\nresponse = ${called("httpx.request", first, call.arguments, "")}\nprint(response.status_code, response.text)\n`;
}

function pytest(request: Request, status: number | null): string {
  const inside = "        ";
  const call = pythonCall(request, `${inside}    `, "data");
  const short = ["GET", "POST", "PUT", "DELETE"].includes(request.method);
  const name = short ? `motia.${request.method.toLowerCase()}` : "motia.request";
  const first = [...(short ? [] : [pythonText(request.method)]), pythonText(request.path)];
  return `from pathlib import Path

from motia_py.testing import MotiaTester

PROJECT = Path(__file__).parents[1]


async def test_${testName(request)}():
    async with MotiaTester(PROJECT) as motia:
        answer = await ${called(name, first, call.arguments, inside)}
        await motia.settle()

        assert answer.status == ${status ?? 200}
`;
}

/** `post_orders_7` */
function testName({ method, path }: Request): string {
  const words = `${method} ${path.split("?")[0] ?? ""}`.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join("_");
}

/** SVG and HTML as text. Whatever is put into it is escaped, unless it is markup itself. Pure. */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** What XML cannot hold, not even escaped. */
const UNPRINTABLE = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

/** Null is nothing, a list is its parts. */
export type Part = string | number | Markup | null | readonly Part[];

export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(texts.reduce((source, text, index) => `${source}${sourceOf(parts[index - 1] ?? null)}${text}`));
}

function sourceOf(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.source;
  if (typeof part === "object") return part.map(sourceOf).join("");
  return String(part).replace(UNPRINTABLE, "\uFFFD").replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

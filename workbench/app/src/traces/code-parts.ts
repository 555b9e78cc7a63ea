/** A line of Python in parts, each of a kind that has a colour: enough for the calls that marks are told as. Pure. */

const PARTS = /(?<text>'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)|(?<comment>#.*$)|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>\b(?:True|False|None)\b)|(?<name>\b[a-z_]\w*(?=\())/gi;

export interface CodePart {
  /** None: of no special kind. */
  readonly kind: "text" | "comment" | "number" | "word" | "name" | null;
  readonly text: string;
}

export function partsOfCode(code: string): readonly CodePart[] {
  const parts: CodePart[] = [];
  let at = 0;
  for (const match of code.matchAll(PARTS)) {
    if (match.index > at) parts.push({ kind: null, text: code.slice(at, match.index) });
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] as CodePart["kind"];
    parts.push({ kind, text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < code.length) parts.push({ kind: null, text: code.slice(at) });
  return parts;
}

/** How wide a text is likely to be, without asking any font: pictures are made the same everywhere. Pure. */

/** In parts of the font's size: a little more than the usual system fonts need. */
const WIDTHS = { sans: 0.57, mono: 0.61 } as const;
const WIDE = /[\u1100-\u11FF\u2E80-\uA4CF\uAC00-\uD7AF\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFF}]/u;
const MORE = "…";

export function widthOf(text: string, size: number, font: keyof typeof WIDTHS = "sans"): number {
  return [...text].reduce((sum, sign) => sum + (WIDE.test(sign) ? 1 : WIDTHS[font]), 0) * size;
}

/** The text, or as much of its beginning as has room. */
export function fitted(text: string, size: number, room: number, font: keyof typeof WIDTHS = "sans"): string {
  if (widthOf(text, size, font) <= room) return text;
  const signs = [...text];
  while (signs.length > 0 && widthOf(signs.join("") + MORE, size, font) > room) signs.pop();
  return signs.join("") + MORE;
}

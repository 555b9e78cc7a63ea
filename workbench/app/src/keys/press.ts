/** What was pressed, and which key of a table that is, by itself or after the one before. Pure. */

/** The second of two keys counts so long after the first. */
const CHORD_MS = 1500;

type Pressed = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey" | "isComposing" | "repeat">;

/** As `?`, `g` or `mod+k` (⌘ or Ctrl); null for what is no key of ours. */
export function pressOf({ key, ctrlKey, metaKey, shiftKey, altKey, isComposing, repeat }: Pressed): string | null {
  if (altKey || isComposing || repeat) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  if (!ctrlKey && !metaKey) return name;
  return shiftKey ? null : `mod+${name}`;
}

export interface Begun {
  readonly press: string;
  readonly at: number;
}

interface Heard<K> {
  readonly key?: K;
  /** The first of two, while the second may come. */
  readonly begun: Begun | null;
}

/** `at` in milliseconds. A second key that fits nothing counts by itself. */
export function heard<K extends { readonly press: string }>(keys: readonly K[], begun: Begun | null, press: string, at: number): Heard<K> {
  if (begun !== null && at - begun.at <= CHORD_MS) {
    const key = keys.find((each) => each.press === `${begun.press} ${press}`);
    if (key !== undefined) return { key, begun: null };
  }
  const key = keys.find((each) => each.press === press);
  if (key !== undefined) return { key, begun: null };
  return { begun: keys.some((each) => each.press.startsWith(`${press} `)) ? { press, at } : null };
}

const CAPS: Readonly<Record<string, string>> = { Enter: "↵" };

/** What stands on the caps, for each press in turn: `g f` is [["G"], ["F"]]. */
export function capsOf(press: string, isApple: boolean): readonly (readonly string[])[] {
  const cap = (name: string): string => (name === "mod" ? (isApple ? "⌘" : "Ctrl") : (CAPS[name] ?? name.toUpperCase()));
  return press.split(" ").map((one) => one.split("+").map(cap));
}

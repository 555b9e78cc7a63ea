/**
 * What callers got wrong, said in words: most pages are plain JavaScript, where no compiler says it.
 * Pure.
 */

/** What an option may be. */
export interface Kind {
  /** Put after `<name> is`. */
  readonly wanted: string;
  fits(value: unknown): boolean;
}

/** One kind for each name, so that the compiler sees that none is left out. */
export type Kinds<Options> = { readonly [name in keyof Required<Options>]: Kind };

const isText = (value: unknown): value is string => typeof value === "string";
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !isList(value);
const isFunction = (value: unknown): boolean => typeof value === "function";
const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value) && value >= 0;

export const TEXT: Kind = { wanted: "text", fits: isText };
export const NAME: Kind = { wanted: "text that is not empty", fits: (value) => isText(value) && value !== "" };
export const TEXTS: Kind = { wanted: "a list of texts", fits: (value) => isList(value) && value.every(isText) };
export const LIST: Kind = { wanted: "a list", fits: isList };
export const OBJECT: Kind = { wanted: "an object", fits: isObject };
export const FUNCTION: Kind = { wanted: "a function", fits: isFunction };
export const MILLISECONDS: Kind = { wanted: "a number of milliseconds, 0 or more", fits: isNumber };
/** A `URL` of another window is one, too. */
export const ADDRESS: Kind = {
  wanted: "an address: text or a URL",
  fits: (value) => isText(value) || (isObject(value) && isText((value as { href?: unknown }).href)),
};

export function either(one: Kind, other: Kind): Kind {
  return { wanted: `${one.wanted} or ${other.wanted}`, fits: (value) => one.fits(value) || other.fits(value) };
}

/**
 * @param required names that must be there; others may be undefined.
 * @throws TypeError it is no object, a name is not known, or a value is not of its kind.
 */
export function check<Options extends object>(
  caller: string,
  options: Options,
  kinds: Kinds<Options>,
  required: readonly (keyof Options & string)[] = [],
): void {
  const known = kinds as Readonly<Record<string, Kind>>;
  const values = (options ?? {}) as Readonly<Record<string, unknown>>;
  const wanted = required.map((name) => `${name} is ${known[name]?.wanted}`).join("; ");
  if (!isObject(options))
    throw new TypeError(`${caller}: the options are an object${wanted && `: ${wanted}`}; got ${told(options)}`);
  for (const name of [...required, ...Object.keys(values)]) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw new TypeError(`${caller} has no option ${JSON.stringify(name)}${advice(name, Object.keys(known))}`);
    const isLeftOut = values[name] === undefined && !required.some((other) => other === name);
    if (!isLeftOut && !kind.fits(values[name])) throw new TypeError(`${caller}: ${name} is ${kind.wanted}; got ${told(values[name])}`);
  }
}

/** A value in few words. */
export function told(value: unknown): string {
  if (isText(value)) return JSON.stringify(value);
  if (isList(value)) return `[${value.map((part) => (isList(part) ? "a list" : told(part))).join(", ")}]`;
  return isObject(value) ? "an object" : isFunction(value) ? "a function" : String(value);
}

function advice(name: string, names: readonly string[]): string {
  const [nearest] = names
    .map((other) => ({ other, distance: distance(name.toLowerCase(), other.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined && nearest.distance <= 2) return `; is ${nearest.other} meant?`;
  return `; there are ${names.join(", ")}`;
}

/** How many letters have to be put in, left out or replaced to make the one the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [above, letter] of [...one].entries()) {
    const next = [above + 1];
    for (let at = 0; at < other.length; at++) {
      const replaced = (row[at] ?? 0) + (letter === other[at] ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

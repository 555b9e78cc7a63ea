/** Where a mark says that something was written. Pure. */

import { spaceOf, STATE, type Place } from "../api/stored.js";
import type { MarkView } from "../api/types.js";

/** Null: it is no write of one value. State is told as `group/key`, a stream as `name/group/id`. */
export function placeOf({ kind, name, detail }: MarkView): Place | null {
  if (typeof detail !== "string" || name === "clear" || name === "send") return null;
  const parts = detail.split("/");
  if (kind === "state") {
    const [group, ...key] = parts;
    return group === undefined || key.length === 0 ? null : { space: STATE, group, key: key.join("/") };
  }
  if (kind !== "stream") return null;
  const [stream, group, ...id] = parts;
  return stream === undefined || group === undefined || id.length === 0 ? null : { space: spaceOf(stream), group, key: id.join("/") };
}

/** The values that were written, each once, in the order in which they were first. */
export function placesOf(marks: readonly MarkView[]): readonly Place[] {
  const places = new Map<string, Place>();
  for (const mark of marks) {
    const place = placeOf(mark);
    if (place !== null) places.set(JSON.stringify(place), place);
  }
  return [...places.values()];
}

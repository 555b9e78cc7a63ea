/** The values that a run wrote. Pure. */

import type { Place } from "../api/stored.js";
import type { MarkView } from "../api/types.js";

/** Each once, in the order in which they were first written. */
export function placesOf(marks: readonly MarkView[]): readonly Place[] {
  const places = new Map<string, Place>();
  for (const { place } of marks) if (place !== null) places.set(JSON.stringify(place), place);
  return [...places.values()];
}

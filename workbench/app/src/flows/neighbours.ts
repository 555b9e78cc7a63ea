/** Which node an arrow key leads to. Pure. */

import type { Position } from "../api/types.js";

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};
/** What lies aside counts as that much farther away. */
const ASIDE = 2.5;

/** The nearest node in the direction of a key, or null if there is none, or the key is no arrow. */
export function neighbour(places: ReadonlyMap<string, Position>, from: string, key: string): string | null {
  const direction = DIRECTIONS[key];
  const start = places.get(from);
  if (direction === undefined || start === undefined) return null;
  const [dx, dy] = direction;
  let found: string | null = null;
  let nearest = Infinity;
  for (const [id, { x, y }] of places) {
    const ahead = (x - start.x) * dx + (y - start.y) * dy;
    const aside = Math.abs((x - start.x) * dy) + Math.abs((y - start.y) * dx);
    const distance = ahead + aside * ASIDE;
    if (id !== from && ahead > 1 && distance < nearest) {
      nearest = distance;
      found = id;
    }
  }
  return found;
}

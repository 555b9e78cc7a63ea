/** The time: one clock for all that show it. Seconds since the epoch. */

import { create } from "zustand";

export const useClock = create(() => ({ now: Date.now() / 1000 }));
setInterval(() => {
  if (!document.hidden) useClock.setState({ now: Date.now() / 1000 });
}, 1000);

export function useNow(): number {
  return useClock((clock) => clock.now);
}

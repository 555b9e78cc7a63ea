/** Whether a media query holds, for React. */

import { useSyncExternalStore } from "react";

export function useMedia(query: string): boolean {
  const media = matchMedia(query);
  return useSyncExternalStore(
    (changed) => {
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => media.matches,
  );
}

/** Too narrow for panels beside each other. */
export const NARROW = "(max-width: 47.99rem)";

/** Whether words on the graph can be read at its zoom. From farther away only names are drawn. */

import { useStore } from "@xyflow/react";

export const READABLE_ZOOM = 0.42;

export function useReadable(): boolean {
  return useStore((store) => store.transform[2] > READABLE_ZOOM);
}

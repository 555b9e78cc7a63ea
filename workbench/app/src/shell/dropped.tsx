/** Says that runs are missing from what is shown live; a click takes note of it. */

import { X } from "lucide-react";
import type { ReactNode } from "react";
import { acceptDropped, useLive } from "../live/store.js";
import { short } from "../parts/times.js";

export function Dropped(): ReactNode {
  const dropped = useLive((live) => live.dropped);
  if (dropped === 0) return null;
  const said = dropped < 0 ? "Some updates were missed" : `${short(dropped)} updates dropped`;
  return (
    <button
      type="button"
      onClick={acceptDropped}
      title="More happened than could be shown live. Lists and counts were asked for anew."
      className="flex items-center gap-1 rounded-md bg-warn-tint px-2 py-0.5 text-[13px] text-warn"
    >
      {said}
      <X size={13} aria-hidden />
      <span className="sr-only">Dismiss</span>
    </button>
  );
}

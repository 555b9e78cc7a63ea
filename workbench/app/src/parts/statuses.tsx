/** How a run ended, as an icon and a word: never by colour alone. */

import type { LucideIcon } from "lucide-react";
import { CircleCheck, CircleMinus, CircleSlash, CircleX, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import type { Standing } from "../api/words.js";
import { classes } from "./class-names.js";

interface Status {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly text: string;
}

export const STATUSES: Readonly<Record<Standing, Status>> = {
  running: { word: "running", icon: LoaderCircle, text: "text-accent" },
  ok: { word: "done", icon: CircleCheck, text: "text-good" },
  refused: { word: "refused", icon: CircleMinus, text: "text-warn" },
  skipped: { word: "skipped", icon: CircleSlash, text: "text-soft" },
  error: { word: "failed", icon: CircleX, text: "text-bad" },
};

export function StatusIcon({ status, size = 15 }: { readonly status: Standing; readonly size?: number }): ReactNode {
  const { word, icon: Icon, text } = STATUSES[status];
  return (
    <span className={classes("inline-grid shrink-0", text)}>
      <Icon size={size} aria-hidden className={status === "running" ? "animate-spin" : undefined} />
      <span className="sr-only">{word}</span>
    </span>
  );
}

/** The levels of log lines, as an icon and a word: never by colour alone. */

import { Bug, CircleX, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "../parts/class-names.js";
import type { Level } from "./lines.js";

interface Look {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly text: string;
}

export const LEVEL_LOOKS: Readonly<Record<Level, Look>> = {
  debug: { word: "debug", icon: Bug, text: "text-soft" },
  info: { word: "info", icon: Info, text: "text-(--kind-event)" },
  warning: { word: "warning", icon: TriangleAlert, text: "text-warn" },
  error: { word: "error", icon: CircleX, text: "text-bad" },
};

export function LevelMark({ level, isShort = false }: { readonly level: Level; readonly isShort?: boolean }): ReactNode {
  const { word, icon: Icon, text } = LEVEL_LOOKS[level];
  return (
    <span className={classes("inline-flex items-center gap-1", text)}>
      <Icon size={13} aria-hidden className="shrink-0" />
      <span className={isShort ? "sr-only" : "text-xs"}>{word}</span>
    </span>
  );
}

/** One line of the log in the list, or where lines are missing. */

import { memo, type ReactNode } from "react";
import type { LogView } from "../api/types.js";
import { inShort } from "../json/json.js";
import { classes } from "../parts/class-names.js";
import { clockTime, counted, exactTime } from "../parts/times.js";
import { LevelMark } from "./levels.js";
import { hasFields, isGap, type LogRow } from "./lines.js";

export const ROW_HEIGHT = 26;
export const NARROW_ROW_HEIGHT = 44;

const TINTS: Readonly<Record<LogView["level"], string>> = { debug: "", info: "", warning: "bg-warn-tint/60", error: "bg-bad-tint/70" };

interface LineProps {
  readonly row: LogRow;
  readonly isChosen: boolean;
  readonly isNarrow: boolean;
}

export const Line = memo(function Line({ row, isChosen, isNarrow }: LineProps): ReactNode {
  if (isGap(row)) {
    return (
      <div className="flex h-full items-center justify-center border-y border-dashed border-warn/50 bg-warn-tint px-3 text-xs text-warn">
        {counted(row.missing, "line")} dropped here: more came than could be shown live. Press to load what the server still has.
      </div>
    );
  }
  const fill = isChosen ? "bg-tint" : classes(TINTS[row.level], "hover:bg-page");
  const source = row.step || row.logger;
  const message = (
    <span className="min-w-0 grow truncate font-mono text-xs">
      {firstLine(row.message)}
      {hasFields(row) && <span className="text-soft"> {inShort(row.fields, 160)}</span>}
    </span>
  );
  if (isNarrow) {
    return (
      <div className={classes("flex h-full flex-col justify-center border-b px-3", fill)}>
        <span className="flex items-center gap-2 text-xs text-soft tabular-nums">
          {clockTime(row.at)}
          <LevelMark level={row.level} />
          <span className="truncate">{source}</span>
        </span>
        <span className="flex">{message}</span>
      </div>
    );
  }
  return (
    <div className={classes("flex h-full items-center gap-3 px-4", fill)}>
      <span className="w-24 shrink-0 font-mono text-xs text-soft tabular-nums">{exactTime(row.at)}</span>
      <span className="flex w-[4.75rem] shrink-0"><LevelMark level={row.level} /></span>
      <span className={classes("w-36 shrink-0 truncate text-xs", !row.step && "text-soft")}>{source}</span>
      {message}
    </div>
  );
});

function firstLine(message: string): string {
  const end = message.indexOf("\n");
  return end < 0 ? message : `${message.slice(0, end)} …`;
}

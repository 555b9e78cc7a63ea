/** The values of a group as rows that light up when they are written. */

import { memo, type ReactNode } from "react";
import type { Place } from "../api/stored.js";
import type { ValueView } from "../api/types.js";
import { inShort } from "../json/json.js";
import { Ago } from "../parts/ago.js";
import { classes } from "../parts/class-names.js";
import { RowList } from "../parts/row-list.js";
import "./stored.css";
import { placeKey, usePulses } from "./watch.js";

const ROW_HEIGHT = 50;

interface ValueRowsProps {
  readonly label: string;
  readonly space: string;
  readonly group: string;
  readonly values: readonly ValueView[];
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
  readonly onNearEnd: (() => void) | undefined;
}

export function ValueRows({ label, space, group, values, chosen, onChoose, onNearEnd }: ValueRowsProps): ReactNode {
  return (
    <RowList label={label} rows={values} rowHeight={ROW_HEIGHT} keyOf={({ key }) => key} chosen={chosen} onChoose={onChoose} onNearEnd={onNearEnd} className="grow" rowClassName="px-2">
      {(value, isChosen) => <ValueRow value={value} place={{ space, group, key: value.key }} isChosen={isChosen} />}
    </RowList>
  );
}

function ValueRow({ value, place, isChosen }: { readonly value: ValueView; readonly place: Place; readonly isChosen: boolean }): ReactNode {
  const pulse = usePulses(({ pulses }) => pulses.get(placeKey(place)) ?? 0);
  return <ValueRowView value={value} pulse={pulse} isChosen={isChosen} />;
}

const ValueRowView = memo(function ValueRowView({ value, pulse, isChosen }: { readonly value: ValueView; readonly pulse: number; readonly isChosen: boolean }): ReactNode {
  return (
    <div className={classes("relative flex h-full flex-col justify-center rounded-lg px-2", isChosen ? "bg-tint" : "hover:bg-page")}>
      {/* Another key, another animation. */}
      {pulse > 0 && <span key={pulse} aria-hidden className="written-now pointer-events-none absolute inset-0 rounded-lg" />}
      <span className="flex items-baseline gap-2">
        <span className="grow truncate font-mono text-[13px]">{value.key}</span>
        {value.written !== null && <span className="text-xs whitespace-nowrap text-soft"><Ago at={value.written.at} /></span>}
      </span>
      <span className="truncate font-mono text-xs text-soft">{inShort(value.value, 120)}</span>
    </div>
  );
});

/** What `streams.x.send` says to those who watch: heard since the group was opened, and nowhere stored. */

import { useState, type ReactNode } from "react";
import { inShort } from "../json/json.js";
import { JsonTree } from "../json/tree.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { RowList } from "../parts/row-list.js";
import { exactTime, short } from "../parts/times.js";
import type { HeardEvent, StreamLive } from "./values.js";

export type Watched = "items" | "events";

interface ItemsOrEventsProps {
  readonly watched: Watched;
  readonly live: StreamLive;
  readonly onWatch: (watched: Watched) => void;
}

export function ItemsOrEvents({ watched, live: { snapshot, events }, onWatch }: ItemsOrEventsProps): ReactNode {
  const option = (name: Watched, words: string): ReactNode => (
    <Button
      look="quiet"
      aria-pressed={watched === name}
      onClick={() => onWatch(name)}
      className="h-7! grow aria-pressed:bg-card aria-pressed:font-medium aria-pressed:text-text aria-pressed:shadow-float"
    >
      {words}
    </Button>
  );
  return (
    <>
      <div role="group" aria-label="Show" className="flex rounded-lg bg-canvas p-0.5">
        {option("items", "Items")}
        {option("events", `Events${events.length > 0 ? ` (${short(events.length)})` : ""}`)}
      </div>
      {snapshot.status === "refused" && (
        <p role="status" className="rounded-lg bg-warn-tint px-2.5 py-1.5 text-xs text-warn">
          The stream lets nobody watch from here ({snapshot.error?.message}). Items are asked for instead, and events cannot be heard.
        </p>
      )}
    </>
  );
}

export function Events({ events }: { readonly events: readonly HeardEvent[] }): ReactNode {
  const [chosen, setChosen] = useState<string>();
  const open = events.find(({ number }) => String(number) === chosen);
  if (events.length === 0) return <p className="px-5 py-3 text-[13px] text-soft">None was heard since you opened the group. What steps say with <code className="text-text">send</code> appears here.</p>;
  return (
    <>
      <RowList label="Events, newest first" rows={events} rowHeight={46} keyOf={({ number }) => String(number)} chosen={chosen} onChoose={setChosen} className="grow" rowClassName="px-2">
        {(event, isChosen) => (
          <div className={classes("flex h-full flex-col justify-center rounded-lg px-2", isChosen ? "bg-tint" : "hover:bg-page")}>
            <span className="flex items-baseline gap-2 text-[13px]">
              <span className="grow truncate font-medium">{event.type}{event.id !== undefined && <span className="font-normal text-soft"> to {event.id}</span>}</span>
              <span className="text-xs text-soft tabular-nums">{exactTime(event.at)}</span>
            </span>
            <span className="truncate font-mono text-xs text-soft">{inShort(event.data)}</span>
          </div>
        )}
      </RowList>
      {open !== undefined && <div className="shrink-0 border-t p-2"><JsonTree key={open.number} label={`Data of ${open.type}`} value={open.data} /></div>}
    </>
  );
}

/** Server-sent events as rows, as they come. It follows the newest, unless its reader has scrolled up. */

import { ArrowDown } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "../../parts/button.js";
import { duration } from "../../parts/times.js";
import { parsed, pretty } from "../../json/json.js";
import { FoldingList, useFolding } from "../folding-list.js";
import { MOST_EVENTS, type EventRow } from "./answer.js";

/** Characters of an event that a row shows. */
const MOST_TEXT = 10_000;
/** This near to the end is at the end. */
const NEAR_PIXELS = 40;

interface EventRowsProps {
  readonly events: readonly EventRow[];
  readonly isCut: boolean;
  readonly isRunning: boolean;
}

export function EventRows({ events, isCut, isRunning }: EventRowsProps): ReactNode {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [follows, setFollows] = useState(true);
  const list = useFolding(events, ({ number }) => number);
  const toEnd = (): void => list.virtual.scrollToIndex(events.length - 1, { align: "end" });
  const last = events.at(-1)?.number;
  const wanted = useRef(true);
  wanted.current = follows;
  useEffect(() => {
    if (wanted.current && events.length > 0) toEnd();
  }, [last]);
  const toggle = (number: number): void => {
    const next = new Set(open);
    if (!next.delete(number)) next.add(number);
    setOpen(next);
  };
  const scrolled = ({ scrollTop, clientHeight, scrollHeight }: HTMLElement): void => setFollows(scrollTop + clientHeight >= scrollHeight - NEAR_PIXELS);
  if (events.length === 0) return <p className="p-3 text-[13px] text-soft">{isRunning ? "No event has come yet." : "The answer had no events."}</p>;
  return (
    <div className="relative flex min-h-0 grow flex-col">
      {isCut && <p className="px-3 py-1 text-xs text-warn">Only the last {MOST_EVENTS} events are kept.</p>}
      <FoldingList label="Events" list={list} onScroll={scrolled}>
        {(event) => <Event event={event} isOpen={open.has(event.number)} onToggle={() => toggle(event.number)} />}
      </FoldingList>
      {!follows && (
        <Button className="absolute right-4 bottom-3 shadow-float" onClick={toEnd}>
          <ArrowDown size={14} aria-hidden />Newest
        </Button>
      )}
    </div>
  );
}

interface EventProps {
  readonly event: EventRow;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Event({ event, isOpen, onToggle }: EventProps): ReactNode {
  const value = isOpen ? parsed(event.data) : undefined;
  const whole = value === undefined ? event.data : pretty(value);
  return (
    <button type="button" aria-expanded={isOpen} className="flex w-full items-baseline gap-2 px-3 py-1 text-left text-[13px] hover:bg-tint/60" onClick={onToggle}>
      <span className="w-14 shrink-0 text-right text-xs text-soft tabular-nums">{duration(event.at)}</span>
      <span className="max-w-32 shrink-0 truncate rounded bg-tint px-1.5 text-xs text-accent">{event.event}</span>
      {isOpen
        ? <span className="min-w-0 font-mono break-words whitespace-pre-wrap">{whole.slice(0, MOST_TEXT)}{whole.length > MOST_TEXT && " …"}</span>
        : <span className="min-w-0 truncate font-mono">{event.data.slice(0, 500)}</span>}
    </button>
  );
}

/** The last writes of a value: who, when, in which run; and what changed between any two. */

import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useState, type ReactNode } from "react";
import { historyQuery, type Place } from "../api/stored.js";
import type { WriteView } from "../api/types.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { ChoiceMenu } from "../parts/menu.js";
import { Failed, Loading } from "../parts/notes.js";
import { exactTime } from "../parts/times.js";
import { DiffView } from "../json/diff-view.js";
import { TraceLink, writerOf } from "./written.js";

const KINDS: Readonly<Record<WriteView["kind"], string>> = { set: "set", update: "updated", delete: "deleted" };

export function History({ place }: { readonly place: Place }): ReactNode {
  const { data, error } = useQuery(historyQuery(place));
  const [after, setAfter] = useState<string>();
  const [before, setBefore] = useState<string>();
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} />;
  const { writes } = data;
  if (writes.length === 0) return <p className="py-3 text-[13px] text-soft">Nobody wrote it since the server started, so far as is remembered.</p>;
  // Chosen by when it was written: more may come, and the oldest go.
  const newer = Math.max(0, writes.findIndex((write) => keyOf(write) === after));
  const chosenOlder = writes.findIndex((write) => keyOf(write) === before);
  const older = chosenOlder >= 0 && chosenOlder !== newer ? chosenOlder : newer + 1;
  return (
    <div className="flex flex-col gap-4">
      <ol aria-label="Writes, newest first" className="relative flex max-h-64 flex-col overflow-y-auto rounded-xl border bg-card p-1">
        {writes.map((write, index) => (
          <li key={keyOf(write)} className="flex items-center gap-2">
            <button
              type="button"
              aria-pressed={index === newer}
              onClick={() => setAfter(index === 0 ? undefined : keyOf(write))}
              className={classes("flex min-w-0 grow items-baseline gap-2 rounded-lg px-2 py-1 text-left text-[13px]", index === newer ? "bg-tint" : "hover:bg-page")}
            >
              <span className="text-xs text-soft tabular-nums">{exactTime(write.at)}</span>
              <span className="truncate"><span className="font-medium">{writerOf(write)}</span> <span className="text-soft">{KINDS[write.kind]} it</span></span>
            </button>
            <span className="pr-2 text-xs"><TraceLink write={write}>Trace</TraceLink></span>
          </li>
        ))}
      </ol>
      <section aria-label="What changed">
        <div className="mb-2 flex flex-wrap items-center gap-2 text-[13px]">
          <h4 className="font-semibold">What changed at {timeOf(writes[newer])}</h4>
          <span className="text-soft">against</span>
          <Older writes={writes} newer={newer} older={older} onChoose={setBefore} />
        </div>
        <DiffView before={valueOf(writes[older])} after={valueOf(writes[newer])} />
        {(writes[newer]?.isCut === true || writes[older]?.isCut === true) && <p className="mt-2 text-xs text-warn">One of them was too long to be remembered whole: they may differ in more than this.</p>}
      </section>
    </div>
  );
}

interface OlderProps {
  readonly writes: readonly WriteView[];
  readonly newer: number;
  readonly older: number;
  readonly onChoose: (key: string) => void;
}

function Older({ writes, newer, older, onChoose }: OlderProps): ReactNode {
  const write = writes[older];
  if (writes.length < 2) return <span>nothing before it</span>;
  const choices = writes.flatMap((each, index) => (index === newer ? [] : [{ value: keyOf(each), name: `${exactTime(each.at)} · ${writerOf(each)}` }]));
  return (
    <ChoiceMenu label="Compare with" value={write === undefined ? "" : keyOf(write)} choices={choices} onChoose={onChoose}>
      <Button aria-label={`Compare with: ${write === undefined ? "nothing" : timeOf(write)}`}>
        {write === undefined ? "nothing before it" : timeOf(write)}
        <ChevronDown size={13} aria-hidden className="text-soft" />
      </Button>
    </ChoiceMenu>
  );
}

function keyOf({ at, kind, spanId }: WriteView): string {
  return `${at} ${kind} ${spanId ?? ""}`;
}

function timeOf(write: WriteView | undefined): string {
  return write === undefined ? "" : exactTime(write.at);
}

/** Undefined where there was nothing. */
function valueOf(write: WriteView | undefined): unknown {
  return write === undefined || write.kind === "delete" ? undefined : write.value;
}

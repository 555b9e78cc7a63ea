/** What waits, runs and was given up, by topic and step. A row narrows the dead letters to its step. */

import { Link } from "@tanstack/react-router";
import { PauseCircle } from "lucide-react";
import type { ReactNode } from "react";
import type { LaneView } from "../api/types.js";
import { classes } from "../parts/class-names.js";
import { NodeLink } from "../parts/node-link.js";
import { short } from "../parts/times.js";
import { groupedLanes, summed, type LaneGroup } from "./lanes.js";

export function LaneTable({ lanes, step }: { readonly lanes: readonly LaneView[]; readonly step: string | undefined }): ReactNode {
  const { waiting, delayed, running, dead } = summed(lanes);
  return (
    <section aria-label="Lanes" className="relative flex min-h-0 min-w-0 grow flex-col overflow-y-auto p-3 md:p-5">
      <dl className="mb-4 grid shrink-0 grid-cols-4 gap-2 sm:max-w-lg">
        <Total name="waiting" count={waiting - delayed} />
        <Total name="delayed" count={delayed} />
        <Total name="running" count={running} look="text-accent" />
        <Total name="dead" count={dead} look="text-bad" />
      </dl>
      <div className="relative shrink-0 overflow-x-auto rounded-xl border bg-card">
        <table className="w-full text-[13px]">
          <thead className="text-xs text-soft">
            <tr className="border-b">
              <th scope="col" className="px-3 py-2 text-left font-semibold">Step</th>
              {["Waiting", "Delayed", "Running", "Dead"].map((name) => <th key={name} scope="col" className="w-20 px-3 py-2 text-right font-semibold">{name}</th>)}
            </tr>
          </thead>
          {groupedLanes(lanes).map((group) => <Group key={group.name} group={group} step={step} />)}
        </table>
      </div>
      <p className="mt-3 max-w-prose text-xs text-soft">Delayed: held back until it is due, or until its next attempt. Parked: no step that loads takes it now; it waits for one that does.</p>
    </section>
  );
}

function Total({ name, count, look }: { readonly name: string; readonly count: number; readonly look?: string }): ReactNode {
  return (
    <div className="flex flex-col-reverse rounded-xl border bg-card px-3 py-2">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className={classes("text-xl leading-7 font-semibold tabular-nums", count === 0 ? "text-soft" : look)}>{short(count)}</dd>
    </div>
  );
}

function Group({ group: { name, isTopic, lanes }, step }: { readonly group: LaneGroup; readonly step: string | undefined }): ReactNode {
  return (
    <tbody className="border-b last:border-b-0">
      <tr>
        <th scope="rowgroup" colSpan={5} className="px-3 pt-2.5 pb-1 text-left font-mono text-xs font-normal text-soft">
          {isTopic ? <Link to="/events" search={{ topic: name }} className="hover:text-accent hover:underline">{name}</Link> : name}
        </th>
      </tr>
      {lanes.map((lane) => <Row key={lane.step} lane={lane} isChosen={lane.step === step} />)}
    </tbody>
  );
}

function Row({ lane, isChosen }: { readonly lane: LaneView; readonly isChosen: boolean }): ReactNode {
  return (
    <tr className={classes(isChosen && "bg-tint")}>
      <th scope="row" className="px-3 py-1.5 pl-6 text-left font-medium">
        {lane.isParked ? lane.step : <NodeLink step={lane.step} className="text-text!" />}
        {lane.isParked && <span className="ml-2 inline-flex items-center gap-1 rounded bg-warn-tint px-1.5 text-[11px] leading-5 font-normal text-warn"><PauseCircle size={12} aria-hidden />parked</span>}
      </th>
      <Count count={lane.waiting - lane.delayed} />
      <Count count={lane.delayed} />
      <Count count={lane.running} look="text-accent" />
      <td className="px-3 py-1.5 text-right tabular-nums">
        {lane.dead === 0 ? <span className="text-soft">0</span> : (
          <Link to="/queue" search={{ step: lane.step }} aria-label={`${lane.dead} dead letters of ${lane.step}`} className="rounded bg-bad-tint px-1.5 py-0.5 font-semibold text-bad hover:underline">{short(lane.dead)}</Link>
        )}
      </td>
    </tr>
  );
}

function Count({ count, look }: { readonly count: number; readonly look?: string }): ReactNode {
  return <td className={classes("px-3 py-1.5 text-right tabular-nums", count === 0 ? "text-soft" : classes("font-semibold", look))}>{short(count)}</td>;
}

/** Two runs of a step beside each other: how they went, and each thing that came of them. */

import { Equal, Minus, PenLine, Plus, type LucideIcon } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import type { EffectsView } from "../api/types.js";
import { inShort } from "../json/json.js";
import { JsonTree } from "../json/tree.js";
import { DiffView } from "../json/diff-view.js";
import { classes } from "../parts/class-names.js";
import { STATUSES, StatusIcon } from "../parts/statuses.js";
import { counted, duration } from "../parts/times.js";
import { compared, type EffectRow, type EffectSection, type RowKind } from "./compare.js";

interface ComparisonProps {
  /** Null: the old run is not remembered. */
  readonly before: EffectsView | null;
  readonly after: EffectsView;
}

export function ComparisonView({ before, after }: ComparisonProps): ReactNode {
  const { sections, differences } = useMemo(() => compared(before, after), [before, after]);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-[13px] text-soft">{summaryOf(before, after, differences)}</p>
      <Outcomes before={before} after={after} />
      {sections.map((section) => <Section key={section.name} section={section} after={after} />)}
    </div>
  );
}

function summaryOf(before: EffectsView | null, { response }: EffectsView, differences: number): string {
  if (before === null) return "The run before is not remembered any more, so there is nothing to compare with.";
  const did = response === null ? "emitted and wrote" : "answered, emitted and wrote";
  return differences === 0 ? `Both ${did} the same.` : `${counted(differences, "difference")} in what they ${did}.`;
}

function Outcomes({ before, after }: ComparisonProps): ReactNode {
  return (
    <div className="relative overflow-x-auto rounded-xl border bg-card">
      <table className="w-full min-w-80 table-fixed text-left text-[13px]">
        <thead className="text-xs text-soft">
          <tr className="border-b">
            <th className="w-18 px-3 py-1.5 font-normal"><span className="sr-only">What</span></th>
            <th scope="col" className="px-3 py-1.5 font-semibold">Before</th>
            <th scope="col" className="px-3 py-1.5 font-semibold">{after.isRehearsal ? "Rehearsed" : "Replayed"}</th>
          </tr>
        </thead>
        <tbody className="align-top">
          <Outcome name="Status" of={({ status }) => <span className="inline-flex items-center gap-1.5"><StatusIcon status={status} /><span aria-hidden>{STATUSES[status].word}</span></span>} {...{ before, after }} />
          <Outcome name="Error" of={({ error }) => (error === null ? <span className="text-soft">none</span> : <span className="break-words text-bad">{error}</span>)} {...{ before, after }} />
          <Outcome name="Took" of={({ durationMs }) => <span className="tabular-nums">{durationMs === null ? "still runs" : duration(durationMs)}</span>} {...{ before, after }} />
        </tbody>
      </table>
    </div>
  );
}

function Outcome({ name, of, before, after }: ComparisonProps & { readonly name: string; readonly of: (effects: EffectsView) => ReactNode }): ReactNode {
  return (
    <tr className="border-b last:border-b-0">
      <th scope="row" className="px-3 py-1.5 font-normal text-soft">{name}</th>
      <td className="px-3 py-1.5">{before === null ? <span className="text-soft">not remembered</span> : of(before)}</td>
      <td className="px-3 py-1.5">{of(after)}</td>
    </tr>
  );
}

function Section({ section: { name, rows, isOneSided, notes }, after }: { readonly section: EffectSection; readonly after: EffectsView }): ReactNode {
  const isUnknown = name === "Messages" && !after.isRehearsal;
  const said = name === "Messages" && after.isRehearsal && isOneSided && rows.length > 0 ? ["Real runs do not record theirs: these are the rehearsal's."] : notes;
  return (
    <section aria-label={name}>
      <h4 className="mb-1 flex items-baseline gap-2 text-xs font-semibold text-soft">{name}<span className="font-normal tabular-nums">{isUnknown ? "" : rows.length}</span></h4>
      {isUnknown && <p className="text-[13px] text-soft">A real run does not record what it told streams and sockets; its trace has the calls.</p>}
      {said.map((note) => <p key={note} className="mb-1 text-xs text-soft">{note}</p>)}
      {!isUnknown && rows.length === 0 && <p className="text-[13px] text-soft">None.</p>}
      {rows.length > 0 && (
        <ul className="divide-y overflow-hidden rounded-xl border bg-card">
          {rows.map((row, index) => <li key={index}><Row row={row} /></li>)}
        </ul>
      )}
    </section>
  );
}

interface Verdict {
  readonly word: string;
  readonly icon: LucideIcon;
  readonly look: string;
}

const VERDICTS: Readonly<Record<Exclude<RowKind, "alone">, Verdict>> = {
  same: { word: "the same", icon: Equal, look: "text-soft" },
  added: { word: "new", icon: Plus, look: "bg-good-tint text-good" },
  removed: { word: "gone", icon: Minus, look: "bg-bad-tint text-bad" },
  changed: { word: "changed", icon: PenLine, look: "bg-warn-tint text-warn" },
};

function Row({ row }: { readonly row: EffectRow }): ReactNode {
  return (
    <details open={row.kind === "changed"}>
      <summary className="flex cursor-pointer items-center gap-2 px-3 py-1.5 text-[13px] -outline-offset-2 hover:bg-page">
        {row.kind !== "alone" && <VerdictOf kind={row.kind} />}
        <span className="max-w-[60%] shrink-0 truncate font-mono text-xs font-medium">{row.name}</span>
        {row.verb !== "" && <span className="shrink-0 text-xs text-soft">{row.verb}</span>}
        <span className="min-w-0 grow truncate text-right font-mono text-xs text-soft">{inShort(row.after === undefined ? row.before : row.after)}</span>
      </summary>
      <div className="border-t bg-page px-3 py-2">
        {row.kind === "changed" ? <DiffView before={row.before} after={row.after} /> : <JsonTree label={row.name} value={row.after === undefined ? row.before : row.after} />}
      </div>
    </details>
  );
}

function VerdictOf({ kind }: { readonly kind: keyof typeof VERDICTS }): ReactNode {
  const { word, icon: Icon, look } = VERDICTS[kind];
  return <span className={classes("inline-flex shrink-0 items-center gap-1 rounded px-1.5 text-[11px] leading-5", look)}><Icon size={12} aria-hidden />{word}</span>;
}

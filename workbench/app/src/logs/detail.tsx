/** One line of the log whole, and the ways from it to its run. */

import { Link } from "@tanstack/react-router";
import { Filter, GanttChart, Workflow, X } from "lucide-react";
import type { ReactNode } from "react";
import type { LogView } from "../api/types.js";
import { JsonTree } from "../json/tree.js";
import { Button, buttonLook, IconButton } from "../parts/button.js";
import { CopyButton } from "../parts/copy-button.js";
import { exactTime } from "../parts/times.js";
import { asText } from "./export.js";
import { LevelMark } from "./levels.js";
import { hasFields, type LogFilter } from "./lines.js";

interface LogDetailProps {
  readonly line: LogView;
  readonly filter: LogFilter;
  readonly onFilter: (change: LogFilter) => void;
  readonly onClose: () => void;
}

export function LogDetail({ line, filter, onFilter, onClose }: LogDetailProps): ReactNode {
  const { step, traceId } = line;
  return (
    <section aria-label="Log line" className="flex min-h-0 min-w-0 grow flex-col">
      <header className="flex items-center gap-2 py-3 pr-2 pl-4">
        <LevelMark level={line.level} />
        <time className="grow text-[13px] text-soft tabular-nums" dateTime={new Date(line.at * 1000).toISOString()}>
          {new Date(line.at * 1000).toLocaleDateString("en-GB")} {exactTime(line.at)}
        </time>
        <CopyButton label="Copy the line" text={() => asText([line])} />
        <IconButton label="Close the line" onClick={onClose}><X size={16} aria-hidden /></IconButton>
      </header>
      <div className="relative flex min-h-0 grow flex-col gap-4 overflow-y-auto px-4 pb-4">
        <p className="font-mono text-[13px] break-words whitespace-pre-wrap">{line.message}</p>
        <div className="flex flex-wrap gap-2">
          {traceId !== null && <Link to="/traces/{-$trace}" params={{ trace: traceId }} className={buttonLook()}><GanttChart size={14} aria-hidden className="text-accent" />Its trace</Link>}
          {step !== null && <Link to="/flows/{-$flow}" search={traceId === null ? { step } : { step, run: traceId }} className={buttonLook()}><Workflow size={14} aria-hidden className="text-accent" />{step} on the graph</Link>}
          {traceId !== null && filter.trace === undefined && <Button onClick={() => onFilter({ trace: traceId })}><Filter size={14} aria-hidden className="text-accent" />Only this trace</Button>}
          {step !== null && filter.step === undefined && <Button onClick={() => onFilter({ step })}><Filter size={14} aria-hidden className="text-accent" />Only this step</Button>}
        </div>
        {hasFields(line) && (
          <Part title="Fields"><div className="rounded-xl border bg-page p-1.5"><JsonTree key={line.number} label="Fields" value={line.fields} /></div></Part>
        )}
        {line.traceback !== null && (
          <Part title="Traceback" action={<CopyButton label="Copy the traceback" className="-my-2" text={() => line.traceback ?? ""} />}>
            <pre tabIndex={0} aria-label="Traceback" className="overflow-x-auto rounded-xl border border-bad/40 bg-bad-tint p-3 text-xs leading-5">{line.traceback}</pre>
          </Part>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-[13px]">
          <Fact name="Logger">{line.logger}</Fact>
          {line.action !== null && <Fact name="Action">{line.action}</Fact>}
          {step !== null && <Fact name="Step">{step}</Fact>}
          {traceId !== null && <Fact name="Trace">{traceId}</Fact>}
        </dl>
      </div>
    </section>
  );
}

function Part({ title, action, children }: { readonly title: string; readonly action?: ReactNode; readonly children: ReactNode }): ReactNode {
  return (
    <section>
      <h3 className="mb-1.5 flex items-center text-xs font-semibold text-soft"><span className="grow">{title}</span>{action}</h3>
      {children}
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: string }): ReactNode {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="font-mono text-xs leading-5 break-all">{children}</dd>
    </>
  );
}

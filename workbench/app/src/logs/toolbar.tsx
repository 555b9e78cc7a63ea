/** What narrows the log, holds it still, and takes it away as a file. */

import { useQuery } from "@tanstack/react-query";
import { ArrowDownToLine, Braces, ClipboardCopy, Download, FileText, Pause, Play, X } from "lucide-react";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { graphQuery } from "../api/rest.js";
import type { LogView } from "../api/types.js";
import { useHere } from "../keys/here.js";
import { ActionMenu } from "../parts/action-menu.js";
import { Button } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { copy } from "../parts/copy.js";
import { FilterMenu, SearchField } from "../parts/filters.js";
import { saveText } from "../parts/save.js";
import { counted, short } from "../parts/times.js";
import { asJsonLines, asText } from "./export.js";
import type { LogFilter } from "./lines.js";

const LEVEL_CHOICES = [
  { value: "info", name: "Info and above" },
  { value: "warning", name: "Warnings and errors" },
  { value: "error", name: "Errors" },
];

interface LogToolbarProps {
  readonly filter: LogFilter;
  readonly onFilter: (change: LogFilter) => void;
  /** The lines that are shown. */
  readonly shown: readonly LogView[];
  readonly total: number;
  /** Null while lines are shown as they come; else how many came since. */
  readonly held: number | null;
  readonly onHold: (isHeld: boolean) => void;
  readonly isAtEnd: boolean;
  readonly onEnd: () => void;
}

export function LogToolbar({ filter, onFilter, shown, total, held, onHold, isAtEnd, onEnd }: LogToolbarProps): ReactNode {
  const { data: graph } = useQuery(graphQuery);
  useHere("pause", held === null ? "Pause the log" : "Resume the log", () => onHold(held === null));
  const steps = (graph?.nodes ?? []).map(({ id }) => ({ value: id, name: id }));
  return (
    <div role="toolbar" aria-label="Log" className="flex shrink-0 flex-wrap items-center gap-1.5 border-b bg-card px-3 py-2">
      <SearchField label="Find in messages and fields" value={filter.q} onChange={(q) => onFilter({ q })} className="max-w-96 grow basis-52" />
      <FilterMenu label="Level" all="All levels" value={filter.level === "debug" ? undefined : filter.level} choices={LEVEL_CHOICES} onChoose={(level) => onFilter({ level })} />
      <FilterMenu label="Step" all="All steps" value={filter.step} choices={steps} onChoose={(step) => onFilter({ step })} />
      {filter.trace !== undefined && (
        <Button className="border-accent! bg-tint!" onClick={() => onFilter({ trace: undefined })}>
          Trace <span className="font-mono text-xs">{filter.trace.slice(0, 8)}…</span>
          <X size={13} aria-hidden className="text-soft" />
          <span className="sr-only">, show all again</span>
        </Button>
      )}
      <span className="grow" />
      <span className="px-1 text-xs text-soft tabular-nums max-sm:hidden">{shown.length === total ? counted(total, "line") : `${short(shown.length)} of ${counted(total, "line")}`}</span>
      <Button onClick={onEnd} disabled={isAtEnd} title="Jump to the end, and follow" className={classes(isAtEnd && "text-good! opacity-100!")}>
        <ArrowDownToLine size={14} aria-hidden />
        <span className="max-sm:sr-only">{isAtEnd ? "Following" : "To the end"}</span>
      </Button>
      <Button look={held === null ? "plain" : "main"} onClick={() => onHold(held === null)}>
        {held === null ? <Pause size={14} aria-hidden /> : <Play size={14} aria-hidden />}
        {held === null ? "Pause" : `Resume${held > 0 ? ` (${short(held)} new)` : ""}`}
      </Button>
      <ExportMenu shown={shown} />
    </div>
  );
}

function ExportMenu({ shown }: { readonly shown: readonly LogView[] }): ReactNode {
  const name = `log-${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}`;
  const actions = [
    { name: "Save as JSON lines", icon: Braces, act: () => saveText(asJsonLines(shown), `${name}.jsonl`, "application/x-ndjson") },
    { name: "Save as text", icon: FileText, act: () => saveText(asText(shown), `${name}.log`, "text/plain") },
    {
      name: "Copy as text",
      icon: ClipboardCopy,
      act: () => void copy(asText(shown)).then((isDone) => isDone && toast.success(`${counted(shown.length, "line")} copied`)),
    },
  ];
  return (
    <ActionMenu label="Export what is shown" actions={actions}>
      <Button disabled={shown.length === 0} aria-label={`Export ${counted(shown.length, "line")}`}>
        <Download size={14} aria-hidden />
        <span className="max-sm:sr-only">Export</span>
      </Button>
    </ActionMenu>
  );
}

/** The streams with their groups, as a tree; and what a stream is. */

import { ChevronRight, Plus } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useQuery } from "@tanstack/react-query";
import { projectQuery } from "../api/rest.js";
import { spaceOf, type Place } from "../api/stored.js";
import type { StreamView } from "../api/types.js";
import { IconButton } from "../parts/button.js";
import { classes } from "../parts/class-names.js";
import { CodeSample } from "../parts/code-sample.js";
import { OpenInEditor } from "../parts/open-in-editor.js";
import { RowList } from "../parts/row-list.js";
import { counted, duration, short } from "../parts/times.js";
import { AddValue, SchemaHelp } from "./add-value.js";

interface Row {
  readonly key: string;
  readonly stream: string;
  /** Undefined: it is the stream itself. */
  readonly group?: string;
  readonly count: number;
  readonly isStale: boolean;
  readonly isOpen: boolean | undefined;
}

interface StreamGroupsProps {
  readonly streams: readonly StreamView[];
  readonly stream: string | undefined;
  readonly group: string | undefined;
  readonly onChoose: (to: { readonly stream: string; readonly group?: string | undefined }) => void;
  readonly onAdded: (place: Place, stream: string) => void;
}

export function StreamGroups({ streams, stream, group, onChoose, onAdded }: StreamGroupsProps): ReactNode {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [isAdding, setAdding] = useState(false);
  const rows = streams.flatMap((each) => rowsOf(each, !closed.has(each.name)));
  const open = (row: Row, isOpen: boolean): void => setClosed((before) => new Set(isOpen ? [...before].filter((name) => name !== row.stream) : [...before, row.stream]));
  const target = streams.find(({ name }) => name === stream) ?? streams[0];
  return (
    <section aria-label="Streams" className="flex min-h-0 min-w-0 grow flex-col">
      <div className="flex items-center gap-2 py-2 pr-2 pl-4">
        <h2 className="grow text-[13px] font-semibold">Streams</h2>
        <IconButton label={`Add an item to ${target?.name}`} onClick={() => setAdding(true)}><Plus size={16} aria-hidden /></IconButton>
      </div>
      <RowList
        label="Streams and their groups"
        rows={rows}
        rowHeight={34}
        keyOf={({ key }) => key}
        chosen={stream === undefined ? undefined : keyOf(stream, group)}
        onChoose={(key) => {
          const row = rows.find((each) => each.key === key);
          if (row !== undefined) onChoose({ stream: row.stream, group: row.group });
        }}
        tree={{ levelOf: (row) => (row.group === undefined ? 0 : 1), isOpen: ({ isOpen }) => isOpen, onOpen: open }}
        className="grow"
        rowClassName="px-2"
      >
        {(row, isChosen) => <GroupRow row={row} isChosen={isChosen} onOpen={open} />}
      </RowList>
      {isAdding && target !== undefined && (
        <AddValue
          space={spaceOf(target.name)}
          keyName="id"
          group={group ?? ""}
          schema={target.itemSchema}
          onClose={() => setAdding(false)}
          onWritten={(place) => {
            setAdding(false);
            onAdded(place, target.name);
          }}
        />
      )}
    </section>
  );
}

function keyOf(stream: string, group: string | undefined): string {
  return JSON.stringify(group === undefined ? [stream] : [stream, group]);
}

function rowsOf({ name, groups, isStale }: StreamView, isOpen: boolean): readonly Row[] {
  const own = { key: keyOf(name, undefined), stream: name, count: groups.length, isStale, isOpen: groups.length === 0 ? undefined : isOpen };
  const below = groups.map((group) => ({ key: keyOf(name, group.name), stream: name, group: group.name, count: group.count, isStale: false, isOpen: undefined }));
  return [own, ...(isOpen ? below : [])];
}

interface GroupRowProps {
  readonly row: Row;
  readonly isChosen: boolean;
  readonly onOpen: (row: Row, isOpen: boolean) => void;
}

function GroupRow({ row, isChosen, onOpen }: GroupRowProps): ReactNode {
  return (
    <div className={classes("flex h-full items-center gap-1.5 rounded-lg pr-2 text-[13px]", row.group === undefined ? "pl-1 font-medium" : "pl-7", isChosen ? "bg-tint font-semibold" : "hover:bg-page")}>
      {row.group === undefined && (
        <span
          aria-hidden
          className="grid size-5 place-items-center text-soft"
          onClick={(event) => {
            event.stopPropagation();
            if (row.isOpen !== undefined) onOpen(row, !row.isOpen);
          }}
        >
          {row.isOpen !== undefined && <ChevronRight size={14} className={classes("transition-transform", row.isOpen && "rotate-90")} />}
        </span>
      )}
      <span className="grow truncate">{row.group ?? row.stream}</span>
      {row.isStale && <span className="rounded bg-bad-tint px-1 text-[11px] text-bad">stale</span>}
      <span className="text-xs font-normal text-soft tabular-nums">{short(row.count)}</span>
    </div>
  );
}

/** Its declaration, for who has chosen no group. */
export function AboutStream({ stream }: { readonly stream: StreamView }): ReactNode {
  const { data: project } = useQuery(projectQuery);
  const facts = [
    counted(stream.groups.length, "group"),
    stream.ttlSeconds === null ? null : `items live ${duration(stream.ttlSeconds * 1000)}`,
    stream.maxItems === null ? null : `at most ${counted(stream.maxItems, "item")} in a group`,
    stream.isStale ? "its file does not load; an older version is served" : null,
  ].filter((fact) => fact !== null);
  return (
    <section aria-label={`Stream ${stream.name}`} className="relative flex min-w-0 grow flex-col gap-3 overflow-y-auto p-6">
      <h2 className="text-lg font-semibold">{stream.name}</h2>
      {stream.description !== "" && <p>{stream.description}</p>}
      <p className="text-[13px] text-soft">{facts.join(" · ")}</p>
      <div className="flex flex-wrap items-center gap-3">
        <code className="text-xs text-soft">{stream.file}:{stream.line}</code>
        {project !== undefined && <OpenInEditor file={`${project.root}/${stream.file}`} line={stream.line} />}
      </div>
      {stream.itemSchema === null ? <p className="text-[13px] text-soft">It declares no schema: an item may hold anything.</p> : <div className="max-w-2xl"><SchemaHelp schema={stream.itemSchema} isOpen /></div>}
      {stream.groups.length === 0 && (
        <div className="flex max-w-2xl flex-col gap-2">
          <p className="text-[13px] text-soft">It has no items yet. A step writes them, one by one:</p>
          <CodeSample name="In a handler" text={`await context.streams.${stream.name}.set("room-1", "message-1", {"text": "Hello!"})`} />
        </div>
      )}
    </section>
  );
}

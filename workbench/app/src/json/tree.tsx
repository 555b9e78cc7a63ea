/** A JSON value to look into: only what is in sight is drawn, so it may be large. */

import { ChevronRight } from "lucide-react";
import { useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { classes } from "../parts/class-names.js";
import { copy } from "../parts/copy.js";
import { RowList } from "../parts/row-list.js";
import { prettyExactly } from "./digits.js";
import { flatten, openAtFirst, type JsonRow } from "./flatten.js";
import type { Kind } from "./json.js";

const ROW_HEIGHT = 22;
/** Where a tree stands among other things, it is no higher than this many rows. */
const MOST_ROWS = 16;

const COLOURS: Readonly<Record<Kind, string>> = {
  null: "text-soft",
  boolean: "text-(--code-word)",
  number: "text-(--code-number)",
  string: "text-(--code-text)",
  array: "text-soft",
  object: "text-soft",
};

interface JsonTreeProps {
  readonly label: string;
  readonly value: unknown;
  /** Take all the room there is, instead of as much as the rows need. */
  readonly isTall?: boolean;
}

export function JsonTree({ label, value, isTall = false }: JsonTreeProps): ReactNode {
  // What a person opened or closed; else what is good to see at first.
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [chosen, setChosen] = useState<string>();
  const rows = useMemo(() => {
    const open = new Set(openAtFirst(value));
    for (const [id, isOpen] of changed) (isOpen ? open.add(id) : open.delete(id));
    return flatten(value, open);
  }, [value, changed]);
  const onOpen = ({ id }: JsonRow, isOpen: boolean): void => setChanged((before) => new Map(before).set(id, isOpen));
  const toggle = ({ key }: KeyboardEvent): boolean => {
    const row = rows.find(({ id }) => id === chosen);
    if ((key !== "Enter" && key !== " ") || row?.isOpen === undefined) return false;
    onOpen(row, !row.isOpen);
    return true;
  };
  const height = Math.min(rows.length, MOST_ROWS) * ROW_HEIGHT + 2;
  return (
    // The keys are those of the tree within.
    <div className={isTall ? "flex min-h-0 grow flex-col" : "flex flex-col"} style={isTall ? undefined : { height }} onKeyDown={(event) => copyChosen(event, rows, chosen)}>
      <RowList
        label={label}
        rows={rows}
        rowHeight={ROW_HEIGHT}
        keyOf={({ id }) => id}
        chosen={chosen}
        onChoose={setChosen}
        onKey={toggle}
        tree={{ levelOf: ({ depth }) => depth, isOpen: ({ isOpen }) => isOpen, onOpen }}
        className="grow"
        rowClassName="flex"
      >
        {(row, isChosen) => <Row row={row} isChosen={isChosen} onOpen={onOpen} />}
      </RowList>
    </div>
  );
}

interface RowProps {
  readonly row: JsonRow;
  readonly isChosen: boolean;
  readonly onOpen: (row: JsonRow, isOpen: boolean) => void;
}

function Row({ row, isChosen, onOpen }: RowProps): ReactNode {
  const { depth, name, kind, text, isOpen } = row;
  // Who marks text to copy it does not mean to close it.
  const click = (): void => {
    if (isOpen !== undefined && getSelection()?.isCollapsed !== false) onOpen(row, !isOpen);
  };
  return (
    <div
      className={classes("flex grow items-center rounded-sm pr-2 font-mono text-xs whitespace-pre", isChosen ? "bg-tint" : "hover:bg-page")}
      style={{ paddingLeft: depth * 14 }}
      onClick={click}
    >
      <span aria-hidden className="grid w-5 shrink-0 place-items-center text-soft">
        {isOpen !== undefined && <ChevronRight size={13} className={classes("transition-transform", isOpen && "rotate-90")} />}
      </span>
      {name !== null && <span className="text-(--code-name)">{name}<span className="text-soft">: </span></span>}
      <span className={isOpen === true ? "text-soft italic" : COLOURS[kind]}>{text === "" ? " " : text}</span>
    </div>
  );
}

/** Ctrl+C takes the chosen part, unless a text is marked. */
function copyChosen(event: KeyboardEvent, rows: readonly JsonRow[], chosen: string | undefined): void {
  const row = rows.find(({ id }) => id === chosen);
  if (event.key !== "c" || !(event.ctrlKey || event.metaKey) || row === undefined || getSelection()?.isCollapsed === false) return;
  event.preventDefault();
  void copy(typeof row.value === "string" ? row.value : prettyExactly(row.value));
}

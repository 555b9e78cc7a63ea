/** JSON to read: a tree whose parts open and close, by mouse or keys, however large it is. */

import { ChevronDown, ChevronRight } from "lucide-react";
import { useId, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { classes } from "../../parts/class-names.js";
import type { Json } from "../schema/json.js";
import { closedText, firstOpen, parentOf, rowsOf, type JsonRow } from "./json-rows.js";
import { useRows, VirtualList } from "./virtual-list.js";

/** Characters of a text that a row shows. */
const MOST_TEXT = 2_000;

export function JsonTree({ label, value }: { readonly label: string; readonly value: Json }): ReactNode {
  const [open, setOpen] = useState(() => firstOpen(value));
  const [chosen, setChosen] = useState(0);
  const tree = useId();
  const rows = useMemo(() => rowsOf(value, open), [value, open]);
  const list = useRows(rows.length, 22, (index) => rows[index]?.id ?? index);

  const toggle = (row: JsonRow, wanted = !row.isOpen): void => {
    if (row.count === null || row.isOpen === wanted) return;
    const next = new Set(open);
    if (wanted) next.add(row.id);
    else next.delete(row.id);
    setOpen(next);
  };
  const choose = (index: number): void => {
    const next = Math.min(Math.max(0, index), rows.length - 1);
    setChosen(next);
    list.rows.scrollToIndex(next);
  };
  const press = (event: KeyboardEvent): void => {
    const row = rows[chosen];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Readonly<Record<string, () => void>> = {
      ArrowDown: () => choose(chosen + 1),
      ArrowUp: () => choose(chosen - 1),
      ArrowRight: () => (row.count === null || row.isOpen ? choose(chosen + 1) : toggle(row, true)),
      ArrowLeft: () => (row.isOpen && row.count !== null ? toggle(row, false) : choose(parentOf(rows, chosen))),
      Home: () => choose(0),
      End: () => choose(rows.length - 1),
      Enter: () => toggle(row),
      " ": () => toggle(row),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  const isDrawn = list.rows.getVirtualItems().some(({ index }) => index === chosen);
  return (
    <VirtualList
      {...list}
      role="tree"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={isDrawn ? `${tree}-${chosen}` : undefined}
      onKeyDown={press}
      className="group font-mono text-[13px] leading-[22px]"
      rowProps={(index) => ({
        id: `${tree}-${index}`,
        role: "treeitem",
        "aria-level": (rows[index]?.depth ?? 0) + 1,
        "aria-selected": index === chosen,
        ...(rows[index]?.count ? { "aria-expanded": rows[index].isOpen } : {}),
        className: classes("cursor-default hover:bg-tint/60", index === chosen && "group-focus-visible:bg-tint"),
        onClick: () => {
          setChosen(index);
          // Who selects text to copy does not mean to close it.
          if (rows[index] !== undefined && getSelection()?.isCollapsed !== false) toggle(rows[index]);
        },
      })}
      renderRow={(index) => (rows[index] === undefined ? null : <Row row={rows[index]} />)}
    />
  );
}

function Row({ row }: { readonly row: JsonRow }): ReactNode {
  const Chevron = row.isOpen ? ChevronDown : ChevronRight;
  return (
    <div className="flex pr-2" style={{ paddingLeft: row.depth * 16 + 4 }}>
      <span aria-hidden className="w-4 shrink-0 pt-1 text-soft">{row.count !== null && row.count > 0 && <Chevron size={14} />}</span>
      {row.name !== null && (
        <span className={classes("mr-1.5 shrink-0", typeof row.name === "number" ? "text-soft" : "text-(--code-name)")}>{row.name}:</span>
      )}
      <Value row={row} />
    </div>
  );
}

function Value({ row }: { readonly row: JsonRow }): ReactNode {
  const { value } = row;
  if (row.count !== null) return <span className="text-soft">{row.isOpen && row.count > 0 ? (Array.isArray(value) ? "[" : "{") : closedText(row)}</span>;
  if (typeof value === "string") {
    const shown = JSON.stringify(value.slice(0, MOST_TEXT));
    return (
      <span className="min-w-0 break-words whitespace-pre-wrap text-(--code-text)">
        {shown}{value.length > MOST_TEXT && <span className="text-soft"> … {value.length - MOST_TEXT} more characters</span>}
      </span>
    );
  }
  return <span className={typeof value === "number" || typeof value === "bigint" ? "text-(--code-number)" : "text-(--code-word)"}>{String(value)}</span>;
}

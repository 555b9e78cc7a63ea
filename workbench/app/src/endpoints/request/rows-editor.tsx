/** Names and values that can be switched off: query parameters, headers. */

import { Plus, X } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { Button, IconButton } from "../../parts/button.js";
import { classes } from "../../parts/class-names.js";
import { INPUT } from "../../parts/looks.js";
import type { Row } from "./draft.js";

interface RowsEditorProps {
  /** One of them, as `query parameter`. */
  readonly what: string;
  readonly rows: readonly Row[];
  /** Rows that are declared stay; these are their descriptions. */
  readonly declared?: ReadonlyMap<string, string>;
  readonly suggested?: readonly string[];
  /** What there is to say about a name; null: nothing. */
  readonly warningOf?: (name: string) => string | null;
  readonly onChange: (rows: readonly Row[]) => void;
}

const NONE: ReadonlyMap<string, string> = new Map();

export function RowsEditor({ what, rows, declared = NONE, suggested = [], warningOf, onChange }: RowsEditorProps): ReactNode {
  const names = useId();
  // Who adds one wants to name it.
  const [added, setAdded] = useState(-1);
  return (
    <div className="flex flex-col gap-2">
      {rows.map((row, index) => (
        <RowEditor
          // A row is known by its place alone: names may come twice.
          key={index}
          {...{ what, row, names }}
          isNew={index === added}
          about={declared.get(row.name)}
          isDeclared={declared.has(row.name) && rows.findIndex(({ name }) => name === row.name) === index}
          warning={warningOf?.(row.name) ?? null}
          onChange={(change) => onChange(rows.with(index, { ...row, ...change }))}
          onRemove={() => onChange(rows.toSpliced(index, 1))}
        />
      ))}
      <Button className="self-start" onClick={() => { onChange([...rows, { name: "", value: "", isOn: true }]); setAdded(rows.length); }}>
        <Plus size={14} aria-hidden />Add {what}
      </Button>
      <datalist id={names}>{suggested.map((name) => <option key={name} value={name} />)}</datalist>
    </div>
  );
}

interface RowEditorProps {
  readonly what: string;
  readonly row: Row;
  readonly names: string;
  readonly isNew: boolean;
  readonly about: string | undefined;
  readonly isDeclared: boolean;
  readonly warning: string | null;
  readonly onChange: (change: Partial<Row>) => void;
  readonly onRemove: () => void;
}

function RowEditor({ what, row, names, isNew, about, isDeclared, warning, onChange, onRemove }: RowEditorProps): ReactNode {
  const shown = row.name === "" ? what : row.name;
  return (
    <div className={classes("flex flex-col gap-1", !row.isOn && "text-soft")}>
      <div className="flex items-center gap-2">
        <input
          type="checkbox"
          className="size-4 shrink-0 accent-(--accent)"
          aria-label={`Send ${shown}`}
          checked={row.isOn}
          onChange={({ target }) => onChange({ isOn: target.checked })}
        />
        {isDeclared ? (
          <span className="w-2/5 shrink-0 truncate font-mono text-[13px]" title={row.name}>{row.name}</span>
        ) : (
          <input
            aria-label={`Name of ${what}`}
            list={names}
            autoFocus={isNew}
            spellCheck={false}
            className={classes(INPUT, "w-2/5! shrink-0 font-mono")}
            placeholder="name"
            value={row.name}
            onChange={({ target }) => onChange({ name: target.value })}
          />
        )}
        <input
          aria-label={`Value of ${shown}`}
          spellCheck={false}
          autoComplete="off"
          className={INPUT}
          placeholder="value"
          value={row.value}
          // Who fills it in means it to be sent.
          onChange={({ target }) => onChange({ value: target.value, isOn: isDeclared && target.value !== "" ? true : row.isOn })}
        />
        {isDeclared ? <span className="w-8 shrink-0" /> : <IconButton label={`Remove ${shown}`} side="left" className="shrink-0" onClick={onRemove}><X size={14} aria-hidden /></IconButton>}
      </div>
      {about !== undefined && about !== "" && <p className="ml-6 text-xs text-soft">{about}</p>}
      {warning !== null && <p className="ml-6 text-xs text-warn">{warning}</p>}
    </div>
  );
}

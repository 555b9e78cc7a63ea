/** What narrows a list: a text to look for, and one of several choices. */

import { ChevronDown, Search, X, type LucideIcon } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useHere } from "../keys/here.js";
import { Button } from "./button.js";
import { classes } from "./class-names.js";
import { ChoiceMenu, type Choice } from "./menu.js";

/** The text is told this long after the last key: an address is no place for half words. */
const SETTLED_MS = 150;

interface SearchFieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
  readonly className?: string;
}

/** `/` leads to it. */
export function SearchField({ label, value = "", onChange, className }: SearchFieldProps): ReactNode {
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  const told = useRef(value);
  useHere("search", label, () => field.current?.focus());
  useEffect(() => {
    // Changed from elsewhere, as by going back.
    if (value !== told.current) setText(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onChange(text === "" ? undefined : text);
    }, SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <span className={classes("relative flex min-w-32 items-center", className)}>
      <Search size={15} aria-hidden className="pointer-events-none absolute left-2.5 text-soft" />
      <input
        ref={field}
        type="text"
        role="searchbox"
        aria-label={label}
        placeholder={label}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && text !== "" && setText("")}
        className="h-8 w-full rounded-lg border border-line bg-card pr-7 pl-8 text-[13px] placeholder:text-soft hover:border-strong-line"
      />
      {text !== "" && (
        <button type="button" aria-label="Clear the search" onClick={() => setText("")} className="absolute right-1 grid size-6 place-items-center rounded text-soft hover:text-text">
          <X size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}

/** Stands for no choice; no name of a step or flow is like it. */
const ALL = "\n";

interface FilterMenuProps {
  /** What is chosen, as `Step`. */
  readonly label: string;
  /** The words for no choice, as `All steps`. */
  readonly all: string;
  readonly icon?: LucideIcon;
  readonly value: string | undefined;
  readonly choices: readonly Choice<string>[];
  readonly onChoose: (value: string | undefined) => void;
}

export function FilterMenu({ label, all, icon: Icon, value, choices, onChoose }: FilterMenuProps): ReactNode {
  // What was chosen in an address may be gone by now.
  const known = value === undefined || choices.some((choice) => choice.value === value) ? choices : [...choices, { value, name: value }];
  const chosen = known.find((choice) => choice.value === value)?.name;
  return (
    <ChoiceMenu
      label={label}
      value={value ?? ALL}
      choices={[{ value: ALL, name: all }, ...known]}
      onChoose={(next) => onChoose(next === ALL ? undefined : next)}
    >
      <Button className={classes("max-w-44", value !== undefined && "border-accent! bg-tint! font-medium")} aria-label={`${label}: ${typeof chosen === "string" ? chosen : all}`}>
        {Icon !== undefined && <Icon size={14} aria-hidden className="shrink-0 text-soft" />}
        <span className="truncate">{chosen ?? label}</span>
        <ChevronDown size={13} aria-hidden className="shrink-0 text-soft" />
      </Button>
    </ChoiceMenu>
  );
}

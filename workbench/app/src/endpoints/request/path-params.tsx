/** What stands in the places of a path's parameters. */

import type { ReactNode } from "react";
import { own } from "../../json/own.js";
import { classes } from "../../parts/class-names.js";
import { INPUT } from "../../parts/looks.js";
import { isOptional, parametersIn, parameterWord } from "./address.js";

interface PathParamsProps {
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** Those that were missing when it should have been sent. */
  readonly missing: readonly string[];
  readonly onChange: (params: Readonly<Record<string, string>>) => void;
}

export function paramId(name: string): string {
  return `path-${name}`;
}

export function PathParams({ path, params, missing, onChange }: PathParamsProps): ReactNode {
  const names = parametersIn(path);
  if (names.length === 0) return null;
  return (
    <div role="group" aria-label="Path parameters" className="flex flex-col gap-2 border-b p-3">
      {names.map((name) => {
        const isMissing = missing.includes(name);
        return (
          <div key={name} className="flex flex-wrap items-center gap-x-2">
            <label htmlFor={paramId(name)} className="max-w-40 min-w-20 shrink-0 truncate font-mono text-[13px] text-accent">
              {parameterWord(name)}
              {!isOptional(path, name) && <span className="text-bad">*<span className="sr-only"> required</span></span>}
            </label>
            <input
              id={paramId(name)}
              spellCheck={false}
              autoComplete="off"
              aria-invalid={isMissing || undefined}
              aria-describedby={isMissing ? `${paramId(name)}-problem` : undefined}
              placeholder={isOptional(path, name) ? "may be left out" : "value"}
              className={classes(INPUT, "w-auto! flex-1")}
              value={own(params, name) ?? ""}
              onChange={({ target }) => onChange({ ...params, [name]: target.value })}
            />
            {isMissing && <p id={`${paramId(name)}-problem`} className="w-full text-xs text-bad">The path needs a value here.</p>}
          </div>
        );
      })}
    </div>
  );
}

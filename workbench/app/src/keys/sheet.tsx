/** All keys that do something now. */

import type { ReactNode } from "react";
import { FormDialog } from "../parts/dialog.js";
import { Caps } from "./caps.js";
import { keysNow, type Key } from "./keys.js";

export function KeySheet({ onClose }: { readonly onClose: () => void }): ReactNode {
  return (
    <FormDialog title="Keys" onClose={onClose}>
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        <div className="flex flex-col gap-4">
          <Group name="Anywhere" />
          <Group name="On this screen" />
        </div>
        <Group name="Go to" />
      </div>
      <p className="text-[13px] text-soft">Arrow keys walk through lists and the graph, Enter opens, Esc closes what is open. Alt+T leads to the notices.</p>
    </FormDialog>
  );
}

function Group({ name }: { readonly name: Key["group"] }): ReactNode {
  const keys = keysNow().filter(({ group }) => group === name);
  if (keys.length === 0) return null;
  return (
    <section aria-label={name}>
      <h3 className="mb-1 text-xs font-semibold text-soft">{name}</h3>
      <ul className="text-[13px]">
        {keys.map(({ press, name: text }) => (
          <li key={press} className="flex items-center gap-3 py-1">
            <span className="grow">{text}</span>
            <Caps press={press} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A few lines to take along, with what they are. */

import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.js";

interface CodeSampleProps {
  /** The file that it is, or where it belongs. */
  readonly name: string;
  readonly text: string;
}

export function CodeSample({ name, text }: CodeSampleProps): ReactNode {
  return (
    <figure className="w-full min-w-0 overflow-hidden rounded-xl border bg-card text-left">
      <figcaption className="flex items-center gap-2 border-b bg-page py-0.5 pr-1 pl-3.5 text-xs text-soft">
        <span className="grow">{name}</span>
        <CopyButton label={`Copy ${name}`} text={() => text} />
      </figcaption>
      <pre tabIndex={0} aria-label={name} className="overflow-x-auto px-3.5 py-2.5 text-xs leading-5.5 -outline-offset-2">{text}</pre>
    </figure>
  );
}

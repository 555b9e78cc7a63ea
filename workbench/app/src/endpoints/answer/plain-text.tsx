/** A body as it was sent. Of a long one the beginning: a browser that lays out megabytes stands still. */

import { useState, type ReactNode } from "react";
import { Button } from "../../parts/button.js";
import { sizeText } from "./size.js";

const FIRST = 200_000;
const MORE = 1_000_000;

export function PlainText({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  const [most, setMost] = useState(FIRST);
  return (
    <div className="flex min-h-0 grow flex-col">
      <pre tabIndex={0} aria-label={label} className="min-h-0 grow overflow-auto p-3 text-[13px] leading-[1.55] break-words whitespace-pre-wrap">{text.slice(0, most)}</pre>
      {text.length > most && (
        <p className="flex items-center gap-2 border-t px-3 py-1.5 text-xs text-soft">
          The first {sizeText(most)} of {sizeText(text.length)}
          <Button onClick={() => setMost(most + MORE)}>Show more</Button>
        </p>
      )}
    </div>
  );
}

/** Keys as they look on the keyboard of the person. */

import { Fragment, type ReactNode } from "react";
import { capsOf } from "./press.js";

const IS_APPLE = /Mac|iPhone|iPad/.test(navigator.platform);

export function Caps({ press }: { readonly press: string }): ReactNode {
  return (
    <span className="inline-flex shrink-0 items-center gap-1 text-xs text-soft pointer-coarse:hidden">
      {capsOf(press, IS_APPLE).map((caps, index) => (
        <Fragment key={index}>
          {index > 0 && <span>then</span>}
          {caps.map((cap) => <kbd key={cap} className="min-w-5 rounded border bg-page px-1 text-center font-sans leading-4.5">{cap}</kbd>)}
        </Fragment>
      ))}
    </span>
  );
}

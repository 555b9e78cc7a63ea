/** How the page looks now, in words that hold outside of it: colours as numbers, icons as their lines. */

import { createElement } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import type { NodeKind } from "../../api/words.js";
import { KINDS, kindOf } from "../../parts/kinds.js";
import { COLOURS, type Colour, type Look } from "./picture.js";

export function lookOfPage(): Look {
  const kinds = Object.keys(KINDS) as NodeKind[];
  return {
    colours: Object.fromEntries(coloursNow()) as Record<Colour, string>,
    icons: {
      ...(Object.fromEntries(kinds.map((kind) => [kind, iconOf(kind, false)])) as Record<NodeKind, string>),
      missing: iconOf("noop", true),
    },
  };
}

/** Asked of an element, because the theme decides which of two a colour is. */
function coloursNow(): readonly (readonly [Colour, string])[] {
  const probe = document.body.appendChild(document.createElement("i"));
  const found = COLOURS.map((name) => {
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/\d+/g)?.slice(0, 3) ?? [];
    return [name, `#${parts.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`] as const;
  });
  probe.remove();
  return found;
}

function iconOf(kind: NodeKind, isMissing: boolean): string {
  const place = document.createElement("div");
  const root = createRoot(place);
  flushSync(() => root.render(createElement(kindOf({ kind, isMissing }).icon)));
  const lines = place.querySelector("svg")?.innerHTML ?? "";
  root.unmount();
  return lines;
}

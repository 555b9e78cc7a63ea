/** The graph as a list, for those who cannot see it. */

import { memo, type ReactNode } from "react";
import type { FlowPart } from "./view.js";
import { outlineOf } from "./view.js";

export const Outline = memo(function Outline({ nodes, edges }: FlowPart): ReactNode {
  return (
    <section aria-label="The graph in words" className="sr-only">
      <ul>
        {nodes.map((node) => (
          <li key={node.id}>{outlineOf(node, edges)}</li>
        ))}
      </ul>
    </section>
  );
});

/** The field and the list of the search for a step. Loaded when it is first wanted. */

import { useMemo, type ReactNode } from "react";
import type { NodeView } from "../api/types.js";
import { Finder } from "../palette/finder.js";
import { stepEntry } from "../palette/sources/steps.js";

interface StepFinderProps {
  readonly nodes: readonly NodeView[];
  readonly onFind: (step: string) => void;
  readonly onClose: () => void;
}

export default function StepFinder({ nodes, onFind, onClose }: StepFinderProps): ReactNode {
  const entries = useMemo(() => nodes.map((node) => stepEntry(node, () => onFind(node.id))), [nodes, onFind]);
  return <Finder title="Find a step" placeholder="Name, route, topic or file" nothing="No step is called that." entries={entries} onClose={onClose} />;
}

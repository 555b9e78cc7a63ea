/** Finds a step of the flow that is shown, and brings it into the middle. */

import { Search } from "lucide-react";
import { lazy, Suspense, useState, type ReactNode } from "react";
import type { NodeView } from "../api/types.js";
import { useHere } from "../keys/here.js";
import { IconButton } from "../parts/button.js";

const StepFinder = lazy(() => import("./step-finder.js"));

interface StepSearchProps {
  readonly nodes: readonly NodeView[];
  readonly onFind: (step: string) => void;
}

export function StepSearch({ nodes, onFind }: StepSearchProps): ReactNode {
  const [isOpen, setOpen] = useState(false);
  useHere("search", "Find a step of this flow", () => setOpen(true));
  return (
    <>
      <IconButton label="Find a step ( / )" onClick={() => setOpen(true)}><Search size={16} aria-hidden /></IconButton>
      {isOpen && <Suspense><StepFinder nodes={nodes} onFind={onFind} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}

/** Where the list of runs is: beside the graph, in a sheet on narrow screens, or put away. */

import { useState, type ReactNode } from "react";
import type { NodeView } from "../api/types.js";
import { classes } from "../parts/class-names.js";
import { useKept } from "../parts/kept.js";
import { Sheet } from "../parts/sheet.js";
import { RunsList } from "./runs-list.js";

export interface RunsShown {
  readonly isShown: boolean;
  readonly isNarrow: boolean;
  show(): void;
  hide(): void;
}

export function useRunsShown(isNarrow: boolean): RunsShown {
  const isKept = useKept((kept) => kept.showsRuns);
  // A sheet covers the graph: it is never there from the start.
  const [isSheet, setSheet] = useState(false);
  const set = (shows: boolean): void => {
    if (isNarrow) setSheet(shows);
    else useKept.setState({ showsRuns: shows });
  };
  return { isShown: isNarrow ? isSheet : isKept, isNarrow, show: () => set(true), hide: () => set(false) };
}

interface RunsProps {
  readonly shown: RunsShown;
  /** A step is open too: only wide screens have room for both. */
  readonly isCramped: boolean;
  readonly nodes: readonly NodeView[];
  readonly chosen: string | undefined;
  readonly onChoose: (trace: string) => void;
}

export function Runs({ shown, isCramped, nodes, chosen, onChoose }: RunsProps): ReactNode {
  if (!shown.isShown) return null;
  if (!shown.isNarrow) {
    return (
      <aside aria-label="Runs" className={classes("w-64 shrink-0 border-r bg-card", isCramped ? "hidden xl:flex" : "flex")}>
        <RunsList nodes={nodes} chosen={chosen} onChoose={onChoose} onClose={shown.hide} />
      </aside>
    );
  }
  const choose = (trace: string): void => {
    onChoose(trace);
    shown.hide();
  };
  return (
    <Sheet title="Runs" onClose={shown.hide}>
      <RunsList nodes={nodes} chosen={chosen} onChoose={choose} onClose={shown.hide} />
    </Sheet>
  );
}

/** What stands over the graph: which flow, search, zoom, and what to do with moved nodes. */

import { useReactFlow } from "@xyflow/react";
import { ChevronDown, Maximize, Minus, PanelLeftOpen, Plus, Save, Sparkles, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { useQueryClient } from "@tanstack/react-query";
import { saveLayout } from "../api/rest.js";
import type { FlowView } from "../api/types.js";
import { Button, IconButton } from "../parts/button.js";
import { ChoiceMenu } from "../parts/menu.js";
import { FIT } from "./canvas.js";
import type { PinnedFlow } from "./pins.js";
import { ALL_STEPS } from "./view.js";

const FLOAT = "flex items-center gap-0.5 rounded-xl border bg-raised p-0.5 shadow-float";

interface FlowPickerProps {
  readonly flows: readonly FlowView[];
  readonly steps: number;
  readonly flow: string | undefined;
  readonly onFlow: (flow: string | undefined) => void;
}

export function FlowPicker({ flows, steps, flow, onFlow }: FlowPickerProps): ReactNode {
  const choices = [
    { value: ALL_STEPS, name: "All steps", note: steps },
    ...flows.map(({ name, steps: within }) => ({ value: name, name, note: within.length })),
  ];
  return (
    <ChoiceMenu
      label="Flow"
      value={flow ?? ALL_STEPS}
      choices={choices}
      onChoose={(chosen) => onFlow(chosen === ALL_STEPS ? undefined : chosen)}
    >
      <Button look="quiet" className="max-w-52 font-semibold text-text!" aria-label={`Flow: ${flow ?? "all steps"}`}>
        <Workflow size={15} aria-hidden className="shrink-0 text-accent" />
        <span className="truncate">{flow ?? "All steps"}</span>
        <ChevronDown size={14} aria-hidden className="shrink-0 text-soft" />
      </Button>
    </ChoiceMenu>
  );
}

interface ToolbarProps {
  /** Null while the list of runs is shown. */
  readonly onShowRuns: (() => void) | null;
  readonly children: ReactNode;
}

export function Toolbar({ onShowRuns, children }: ToolbarProps): ReactNode {
  return (
    <div role="toolbar" aria-label="Flow" className={`absolute top-3 left-3 z-10 ${FLOAT}`}>
      {onShowRuns !== null && (
        <IconButton label="Show the runs" onClick={onShowRuns}><PanelLeftOpen size={16} aria-hidden /></IconButton>
      )}
      {children}
    </div>
  );
}

export function ZoomButtons(): ReactNode {
  const { zoomIn, zoomOut, fitView } = useReactFlow();
  return (
    <div role="toolbar" aria-label="Zoom" className={`graph-zoom absolute left-3 z-10 ${FLOAT}`}>
      <IconButton label="Zoom out" side="top" onClick={() => void zoomOut()}><Minus size={16} aria-hidden /></IconButton>
      <IconButton label="Zoom in" side="top" onClick={() => void zoomIn()}><Plus size={16} aria-hidden /></IconButton>
      <IconButton label="Show the whole graph" side="top" onClick={() => void fitView(FIT)}><Maximize size={15} aria-hidden /></IconButton>
    </div>
  );
}

interface LayoutButtonsProps {
  readonly flow: string;
  readonly pinned: PinnedFlow;
}

/** Only there once something was moved. */
export function LayoutButtons({ flow, pinned }: LayoutButtonsProps): ReactNode {
  const queries = useQueryClient();
  const { fitView } = useReactFlow();
  const isMoved = Object.keys(pinned.pins).length > 0;
  if (!isMoved && !pinned.isOwn) return null;
  const save = async (): Promise<void> => {
    try {
      await saveLayout(flow, pinned.pins);
      await queries.refetchQueries({ queryKey: ["graph"] });
      pinned.drop();
      toast.success("Layout saved", { description: "It stands in motia-workbench.json, for all who open this project." });
    } catch (error) {
      toast.error("The layout was not saved", { description: error instanceof Error ? error.message : String(error) });
    }
  };
  const tidy = (): void => {
    pinned.tidy();
    // After the nodes stand where they belong.
    setTimeout(() => void fitView(FIT), 30);
  };
  return (
    <div role="toolbar" aria-label="Layout" className={`absolute top-3 right-3 z-10 ${FLOAT}`}>
      {isMoved && <Button look="quiet" onClick={tidy}><Sparkles size={15} aria-hidden />Tidy</Button>}
      {pinned.isOwn && (
        <Button look="quiet" onClick={() => void save()}>
          <Save size={15} aria-hidden />
          <span className="max-sm:sr-only">Save layout to the project</span>
        </Button>
      )}
    </div>
  );
}

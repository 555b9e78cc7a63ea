/** The flows: the graph of the steps, what runs on it, and everything about one of them. */

import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { ReactFlowProvider } from "@xyflow/react";
import { useEffect, useMemo, type ReactNode } from "react";
import { graphQuery, projectQuery } from "../api/rest.js";
import type { GraphView, ProjectView } from "../api/types.js";
import { own } from "../json/own.js";
import { NARROW, useMedia } from "../parts/media.js";
import { Failed, Loading } from "../parts/notes.js";
import { Sheet } from "../parts/sheet.js";
import { SidePanel } from "../parts/side-panel.js";
import { Canvas, focusNode, useReveal } from "./canvas.js";
import { useChoices } from "./choices.js";
import { NoFlow, NoSteps } from "./empty.js";
import { ExportMenu } from "./export-menu.js";
import { Inspector, TABS } from "./inspector.js";
import { layoutOf, type Places } from "./layout.js";
import { useLit } from "./lit.js";
import { Outline } from "./outline.js";
import { usePins, type Pins } from "./pins.js";
import { RunBar } from "./run-bar.js";
import { Runs, useRunsShown } from "./runs.js";
import { StepSearch } from "./step-search.js";
import { FlowPicker, LayoutButtons, Toolbar, ZoomButtons } from "./toolbar.js";
import { ALL_STEPS, partOf, placesWith, shapeOf, type FlowPart } from "./view.js";

const ROUTE = "/flows/{-$flow}";
/** Until a panel that opens has taken its place. */
const PANEL_MS = 80;

export function FlowsScreen(): ReactNode {
  const { data: project } = useQuery(projectQuery);
  const { data: graph, error, refetch } = useQuery(graphQuery);
  const { flow } = useParams({ from: ROUTE });
  if (graph === undefined || project === undefined) {
    return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  }
  if (graph.nodes.length === 0) return <NoSteps />;
  if (flow !== undefined && !graph.flows.some(({ name }) => name === flow)) return <NoFlow name={flow} />;
  return (
    // Each flow is a graph of its own, with its own place and zoom.
    <ReactFlowProvider key={flow ?? ALL_STEPS}>
      <Flow project={project} graph={graph} flow={flow} />
    </ReactFlowProvider>
  );
}

interface FlowProps {
  readonly project: ProjectView;
  readonly graph: GraphView;
  readonly flow: string | undefined;
}

function Flow({ project, graph, flow }: FlowProps): ReactNode {
  const { step, run, tab } = useSearch({ from: ROUTE });
  const go = useChoices(flow);
  const name = flow ?? ALL_STEPS;
  const part = useMemo(() => partOf(graph, flow), [graph, flow]);
  const pinned = usePins(project.root, name, own(graph.layout, name));
  const places = usePlaces(part, pinned.pins);
  const reveal = useReveal(places);
  const isNarrow = useMedia(NARROW);
  const runs = useRunsShown(isNarrow);
  const drawn = useMemo(() => new Set(part.nodes.map(({ id }) => id)), [part]);
  const open = part.nodes.find(({ id }) => id === step);
  useOpen(step, reveal);

  const openAnywhere = (next: string): void => go.step(next, drawn.has(next));
  const find = (found: string): void => {
    go.step(found);
    reveal(found, true);
  };
  const close = (): void => {
    go.step(null);
    if (step !== undefined) setTimeout(() => focusNode(document, step));
  };
  return (
    <>
      <Runs shown={runs} isCramped={open !== undefined} nodes={part.nodes} chosen={run} onChoose={go.run} />
      <Canvas part={part} places={places} hasBar={run !== undefined} onOpen={go.step} onMove={pinned.pin}>
        <Toolbar onShowRuns={runs.isShown && !isNarrow ? null : runs.show}>
          <FlowPicker flows={graph.flows} steps={graph.nodes.length} flow={flow} onFlow={go.flow} />
          <StepSearch nodes={part.nodes} onFind={find} />
          <ExportMenu project={project.name} flow={flow} part={part} places={places} />
        </Toolbar>
        <LayoutButtons flow={name} pinned={pinned} />
        <ZoomButtons />
        {run !== undefined && (
          <RunBar
            key={run}
            trace={run}
            edges={graph.edges}
            drawn={drawn}
            onOpen={openAnywhere}
            onClose={() => go.run(null)}
            onShowAll={() => go.flow(undefined)}
          />
        )}
        <Outline nodes={part.nodes} edges={part.edges} />
      </Canvas>
      {open !== undefined && (
        <Beside title={`Step ${open.title}`} isNarrow={isNarrow} onClose={close}>
          <Inspector
            node={open}
            edges={graph.edges}
            tab={TABS.find((each) => each === tab) ?? "overview"}
            chosenRun={run}
            onTab={go.tab}
            onOpen={openAnywhere}
            onRun={go.run}
            onClose={close}
          />
        </Beside>
      )}
    </>
  );
}

/** Where the nodes stand. Only what changes the shape of the graph, or a hand, moves them: no count does. */
function usePlaces(part: FlowPart, pins: Pins): Places {
  const shape = shapeOf(part);
  const automatic = useMemo(() => layoutOf(part.nodes, part.edges), [shape]);
  return useMemo(() => placesWith(automatic, pins), [automatic, pins]);
}

/** Marks the open node, and brings it into sight: the panel that opens may cover it. */
function useOpen(step: string | undefined, reveal: (step: string) => void): void {
  useEffect(() => {
    useLit.setState({ open: step ?? null });
    if (step === undefined) return;
    useLit.setState({ tabStop: step });
    const timer = setTimeout(() => reveal(step), PANEL_MS);
    return () => clearTimeout(timer);
  }, [step]);
}

interface BesideProps {
  readonly title: string;
  readonly isNarrow: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Beside({ title, isNarrow, onClose, children }: BesideProps): ReactNode {
  return isNarrow ? (
    <Sheet title={title} onClose={onClose}>{children}</Sheet>
  ) : (
    <SidePanel label="the step" onClose={onClose}>{children}</SidePanel>
  );
}

/** Everything about one node: what is wrong with it, what it is, its code, what it did. */

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { Tabs } from "radix-ui";
import { lazy, Suspense, type ReactNode } from "react";
import { projectQuery, stepQuery } from "../api/rest.js";
import type { EdgeView, NodeView, StepView } from "../api/types.js";
import { arrivalOf } from "../parts/arrival.js";
import { IconButton } from "../parts/button.js";
import { FailureCard } from "../parts/failure-card.js";
import { kindName } from "../parts/kind-names.js";
import { KindTile } from "../parts/kinds.js";
import { TAB } from "../parts/looks.js";
import { Failed, Loading } from "../parts/notes.js";
import { OpenInEditor } from "../parts/open-in-editor.js";
import { Overview } from "./overview.js";

// The editor is half as large as all else: only who looks at code loads it.
const CodeView = lazy(() => import("../parts/code-view.js"));

export const TABS = ["overview", "code", "config"] as const;
export type Tab = (typeof TABS)[number];
const TAB_NAMES: Readonly<Record<Tab, string>> = { overview: "Overview", code: "Code", config: "Config" };

interface InspectorProps {
  readonly node: NodeView;
  readonly edges: readonly EdgeView[];
  readonly tab: Tab;
  readonly chosenRun: string | undefined;
  readonly onTab: (tab: Tab) => void;
  readonly onOpen: (step: string) => void;
  readonly onRun: (trace: string) => void;
  readonly onClose: () => void;
}

export function Inspector({ node, edges, tab, chosenRun, onTab, onOpen, onRun, onClose }: InspectorProps): ReactNode {
  const { data: project } = useQuery(projectQuery);
  const { data: step, error } = useQuery({ ...stepQuery(node.id), enabled: !node.isMissing });
  const line = node.failure?.line ?? node.line;
  return (
    <section {...arrivalOf(`step:${node.id}`)} aria-label={`Step ${node.title}`} className="flex outline-none min-h-0 min-w-0 grow flex-col">
      <header className="flex items-start gap-3 p-4 pb-3">
        <KindTile node={node} />
        <div className="min-w-0 grow">
          <h2 className="truncate text-base leading-5 font-semibold">{node.title}</h2>
          <p className="truncate text-xs text-soft">
            {kindName(node)} · <span className="font-mono">{node.file}:{line}</span>
          </p>
        </div>
        <IconButton label="Close the step" className="-mt-1 -mr-2" onClick={onClose}><X size={17} aria-hidden /></IconButton>
      </header>
      <div className="relative flex min-h-0 grow flex-col gap-3 overflow-y-auto px-4 pb-4">
        {node.description !== "" && !node.isMissing && <p className="text-[13px]">{node.description}</p>}
        {project !== undefined && <div><OpenInEditor file={`${project.root}/${node.file}`} line={line} /></div>}
        {node.failure !== null && <FailureCard failure={node.failure} />}
        {error !== null && step === undefined && <Failed error={error} />}
        {!node.isMissing && error === null && step === undefined && <Loading />}
        {step !== undefined && (
          <StepTabs step={step} tab={tab} onTab={onTab}>
            <Overview step={step} node={node} edges={edges} chosenRun={chosenRun} onOpen={onOpen} onRun={onRun} />
          </StepTabs>
        )}
      </div>
    </section>
  );
}

interface StepTabsProps {
  readonly step: StepView;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  /** The overview. */
  readonly children: ReactNode;
}

function StepTabs({ step, tab, onTab, children }: StepTabsProps): ReactNode {
  return (
    <Tabs.Root value={tab} onValueChange={(chosen) => onTab(chosen as Tab)} className="flex min-h-0 grow flex-col">
      <Tabs.List aria-label="About the step" className="flex shrink-0 gap-4 border-b">
        {TABS.map((each) => (
          <Tabs.Trigger key={each} value={each} className={TAB}>{TAB_NAMES[each]}</Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content value="overview" className="pt-4 outline-none">{children}</Tabs.Content>
      <Tabs.Content value="code" className="flex min-h-72 grow pt-3 outline-none">
        <Suspense fallback={<Loading />}>
          <CodeView
            name={step.node.file}
            text={step.source}
            line={step.node.failure?.line ?? step.node.line}
            isBad={step.node.failure !== null}
          />
        </Suspense>
      </Tabs.Content>
      <Tabs.Content value="config" className="pt-3 outline-none">
        <pre tabIndex={0} aria-label="Config" className="overflow-x-auto rounded-xl border bg-page p-3 text-xs leading-5">
          {JSON.stringify(step.config, null, 2)}
        </pre>
      </Tabs.Content>
    </Tabs.Root>
  );
}

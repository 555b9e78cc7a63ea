/** What is wrong with the project: files that do not load, what is likely not meant, work that nobody does. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, FileWarning, Hourglass, Inbox, Lightbulb, Skull, TriangleAlert, Workflow, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { graphQuery, problemsQuery, projectQuery } from "../api/rest.js";
import type { FailureView, FindingView, NodeView, ProblemsView } from "../api/types.js";
import { arrivalOf } from "../parts/arrival.js";
import { buttonLook } from "../parts/button.js";
import { FailureCard } from "../parts/failure-card.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { OpenInEditor } from "../parts/open-in-editor.js";
import { counted } from "../parts/times.js";
import { countsOf, inShort, totalOf } from "./counts.js";

export function ProblemsScreen(): ReactNode {
  const { data, error, refetch } = useQuery(problemsQuery);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  return (
    <div className="relative min-h-0 grow overflow-y-auto">
      <div className="mx-auto flex min-h-full w-full max-w-3xl flex-col gap-7 p-4 md:p-6">
        {/* What changed, for who cannot see it. */}
        <p role="status" className="sr-only">{inShort(countsOf(data))}</p>
        {totalOf(countsOf(data)) === 0 ? <Nothing /> : <All problems={data} />}
      </div>
    </div>
  );
}

function Nothing(): ReactNode {
  return (
    <Empty icon={CircleCheck} title="Nothing is wrong">
      Every file loads, every topic is heard, no delivery is stuck. When that changes it stands here at once, and a file that breaks is served as it
      was before until you mend it.
    </Empty>
  );
}

function All({ problems: { failures, findings, warnings, parked, dead } }: { readonly problems: ProblemsView }): ReactNode {
  return (
    <>
      {failures.length > 0 && (
        <Section icon={FileWarning} look="text-bad" title={`${counted(failures.length, "file does", "files do")} not load`}>
          <ul className="flex flex-col gap-4">{failures.map((each) => <li key={`${each.file}${each.line}${each.message}`}><Failure failure={each} /></li>)}</ul>
        </Section>
      )}
      {dead > 0 && (
        <Section icon={Skull} look="text-warn" title="Dead letters">
          <Stuck title={`${counted(dead, "message")} given up after the last attempt`} way={<ToQueue />}>
            See why they failed, mend the step, then redrive or replay them.
          </Stuck>
        </Section>
      )}
      {parked > 0 && (
        <Section icon={Hourglass} look="text-warn" title="Deliveries that nobody handles">
          <Stuck title={`${counted(parked, "delivery waits", "deliveries wait")} for a step that no file declares now`}>
            Mend or bring back the step and they run, in order. After 24 hours without it they become dead letters. The server's log names the step.
          </Stuck>
        </Section>
      )}
      {findings.length > 0 && (
        <Section icon={Lightbulb} look="text-warn" title="Likely not meant">
          <ul className="flex flex-col gap-3">{findings.map((each) => <Finding key={`${each.step}${each.kind}${each.message}`} finding={each} />)}</ul>
        </Section>
      )}
      {warnings.length > 0 && (
        <Section icon={TriangleAlert} look="text-warn" title="Warnings">
          <ul className="flex flex-col gap-2">
            {warnings.map((each) => <li key={each} className="rounded-xl border bg-card p-3 text-[13px] break-words"><Words>{each}</Words></li>)}
          </ul>
        </Section>
      )}
    </>
  );
}

interface SectionProps {
  readonly icon: LucideIcon;
  readonly look: string;
  readonly title: string;
  readonly children: ReactNode;
}

function Section({ icon: Icon, look, title, children }: SectionProps): ReactNode {
  return (
    <section aria-label={title}>
      <h2 className="mb-3 flex items-center gap-2 text-base font-semibold"><Icon size={18} aria-hidden className={look} />{title}</h2>
      {children}
    </section>
  );
}

function Failure({ failure }: { readonly failure: FailureView }): ReactNode {
  const { data: graph } = useQuery(graphQuery);
  const node = graph?.nodes.find(({ file }) => file === failure.file);
  return (
    <div {...arrivalOf(`problem:${failure.file}`)} className="flex flex-col gap-2">
      <FailureCard failure={failure} />
      <Ways file={failure.file} line={failure.line ?? 1} node={node} />
    </div>
  );
}

function Finding({ finding }: { readonly finding: FindingView }): ReactNode {
  const { data: graph } = useQuery(graphQuery);
  const { file, line, kind, message, advice, step } = finding;
  return (
    <li {...arrivalOf(`problem:${step} ${kind} ${message}`)} className="flex flex-col gap-2 rounded-xl border bg-card p-3 text-[13px]">
      <div>
        <p className="font-medium break-words"><Words>{`${step} ${message}`}</Words></p>
        {advice !== "" && <p className="text-soft"><Words>{advice.charAt(0).toUpperCase() + advice.slice(1)}</Words></p>}
        <p className="mt-1 font-mono text-xs break-all text-soft">{file}:{line}</p>
      </div>
      <Ways file={file} line={line} node={graph?.nodes.find(({ id }) => id === step)} />
    </li>
  );
}

/** Text of the server, with `code` in it. */
function Words({ children }: { readonly children: string }): ReactNode {
  return children.split("`").map((part, index) => (index % 2 === 1 ? <code key={index} className="text-[0.92em]">{part}</code> : part));
}

interface WaysProps {
  readonly file: string;
  readonly line: number;
  readonly node: NodeView | undefined;
}

/** To the line in the editor, to the step on the graph. */
function Ways({ file, line, node }: WaysProps): ReactNode {
  const { data: project } = useQuery(projectQuery);
  return (
    <div className="flex flex-wrap items-center gap-2">
      {project !== undefined && <OpenInEditor file={`${project.root}/${file}`} line={line} />}
      {node !== undefined && (
        <Link to="/flows/{-$flow}" params={{}} search={{ step: node.id }} className={buttonLook()}>
          <Workflow size={14} aria-hidden className="text-accent" />Show on the graph
        </Link>
      )}
    </div>
  );
}

interface StuckProps {
  readonly title: string;
  readonly way?: ReactNode;
  readonly children: ReactNode;
}

function Stuck({ title, way, children }: StuckProps): ReactNode {
  return (
    <div className="flex flex-col gap-2 rounded-xl border bg-card p-3 text-[13px]">
      <div>
        <p className="font-medium">{title}</p>
        <p className="text-soft">{children}</p>
      </div>
      {way !== undefined && <div className="flex">{way}</div>}
    </div>
  );
}

function ToQueue(): ReactNode {
  return <Link to="/queue" className={buttonLook()}><Inbox size={14} aria-hidden className="text-accent" />Open in Queue</Link>;
}

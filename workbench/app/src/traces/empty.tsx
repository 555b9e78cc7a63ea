/** What stands in place of the traces while there is none. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { GanttChart } from "lucide-react";
import type { ReactNode } from "react";
import { graphQuery, projectQuery } from "../api/rest.js";
import { firstRun } from "../parts/first-run.js";
import { Lesson } from "../parts/lesson.js";
import { Empty } from "../parts/notes.js";

const TITLE = "Nothing ran yet";
const WORDS = "A trace is all that one request, event or tick sets off: which steps ran, how long each waited, and what it did. It appears here the moment it begins.";

export function NoTraces(): ReactNode {
  const { data: graph } = useQuery(graphQuery);
  const { data: project } = useQuery(projectQuery);
  const command = firstRun(graph?.nodes ?? [], project?.baseUrl ?? "");
  if (command !== null) return <Lesson icon={GanttChart} title={TITLE} name="Make one" code={command}>{WORDS}</Lesson>;
  return (
    <Empty icon={GanttChart} title={TITLE}>
      <p>{WORDS}</p>
      {graph?.nodes.length === 0 && <p className="mt-2"><Link to="/flows/{-$flow}" params={{}} className="text-accent underline">Begin with a step</Link></p>}
    </Empty>
  );
}

export function NoneChosen(): ReactNode {
  return (
    <Empty icon={GanttChart} title="Choose a trace">
      It shows every step that ran, who set it off, how long it waited, and what it did, as code.
    </Empty>
  );
}

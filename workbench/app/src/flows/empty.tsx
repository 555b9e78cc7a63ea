/** What stands in place of the graph when there is none. */

import { Link } from "@tanstack/react-router";
import { FilePlus2, Workflow } from "lucide-react";
import type { ReactNode } from "react";
import { Lesson } from "../parts/lesson.js";
import { Empty } from "../parts/notes.js";

const FIRST_STEP = `config = {
    "type": "api",
    "name": "Hello",
    "method": "GET",
    "path": "/hello",
}


async def handler(req, context):
    return {"status": 200, "body": {"message": "Hello!"}}
`;

/** An empty project: the file to begin with. */
export function NoSteps(): ReactNode {
  return (
    <Lesson icon={FilePlus2} title="Drop a file into steps/" name="steps/hello_step.py" code={FIRST_STEP}>
      This is a whole step. Save it under its name: it is served, and drawn here, the moment you do.
    </Lesson>
  );
}

export function NoFlow({ name }: { readonly name: string }): ReactNode {
  return (
    <Empty icon={Workflow} title={`No step belongs to the flow ${name}`}>
      A step names its flows in its config: <code className="text-text">"flows": ["{name}"]</code>.{" "}
      <Link to="/flows/{-$flow}" params={{}} className="text-accent underline">Show all steps</Link>
    </Empty>
  );
}

/** What stands in place of the tester while there is nothing to test. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { FilePlus2, MousePointerClick, Unplug } from "lucide-react";
import type { ReactNode } from "react";
import { problemsQuery } from "../api/rest.js";
import { Lesson } from "../parts/lesson.js";
import { Empty } from "../parts/notes.js";
import { counted } from "../parts/times.js";

const FIRST_STEP = `from pydantic import BaseModel


class Greeting(BaseModel):
    name: str = "world"


config = {
    "type": "api",
    "name": "Greet",
    "method": "POST",
    "path": "/greet",
    "bodySchema": Greeting,
    "emits": [],
}


async def handler(req, context):
    return {"status": 200, "body": {"hello": req.model.name}}
`;

/** A project without routes: the file to drop in. */
export function NoEndpoints(): ReactNode {
  return (
    <Lesson icon={FilePlus2} title="No step answers requests yet" name="steps/greet_step.py" code={FIRST_STEP}>
      Save this under its name. It is served the moment you do, and this page becomes a form for it.
    </Lesson>
  );
}

export function NoneChosen(): ReactNode {
  return (
    <Empty icon={MousePointerClick} title="Choose an endpoint">
      Fill in its form, send it, and see the answer with the run that made it.
    </Empty>
  );
}

/** It was there, or the address is wrong. */
export function EndpointGone({ id }: { readonly id: string }): ReactNode {
  const { data } = useQuery(problemsQuery);
  const failures = data?.failures.length ?? 0;
  return (
    <Empty icon={Unplug} title={`${id} is not served`}>
      <p role="status">No step declares it now. What you filled in is kept: it is here again as soon as a file does.</p>
      {failures > 0 && (
        <p className="mt-2">
          <Link to="/problems" className="text-accent underline">{counted(failures, "file does", "files do")} not load</Link>, perhaps the one that had it.
        </p>
      )}
      <p className="mt-2 md:hidden"><Link to="/endpoints" className="text-accent underline">All endpoints</Link></p>
    </Empty>
  );
}

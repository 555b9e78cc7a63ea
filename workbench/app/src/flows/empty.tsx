/** What stands in place of the graph when there is none. */

import { Link } from "@tanstack/react-router";
import { Check, Copy, FilePlus2, Workflow } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "../parts/button.js";
import { Empty } from "../parts/notes.js";

const FIRST_STEP = `config = {"type": "api", "name": "Hello", "method": "GET", "path": "/hello"}


async def handler(req, context):
    return {"status": 200, "body": {"message": "Hello!"}}
`;

/** An empty project: the file to begin with. */
export function NoSteps(): ReactNode {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(FIRST_STEP);
    setCopied(true);
  };
  return (
    <div className="m-auto w-full max-w-2xl overflow-y-auto p-4">
      <Empty icon={FilePlus2} title="Drop a file into steps/">
        This is a whole step. Save it as <code className="text-text">steps/hello_step.py</code>: it is served, and drawn here, the moment you do.
      </Empty>
      <div className="relative">
        <pre tabIndex={0} aria-label="A first step" className="overflow-x-auto rounded-2xl border bg-card p-4 text-[13px] leading-6">{FIRST_STEP}</pre>
        <Button className="absolute top-2.5 right-2.5" onClick={() => void copy()}>
          {isCopied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
          {isCopied ? "Copied" : "Copy"}
        </Button>
      </div>
    </div>
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

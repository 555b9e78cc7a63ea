/** Tells what a reload did, with the ways to what broke. */

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { toast } from "sonner";
import { graphQuery } from "../api/rest.js";
import type { FailureView } from "../api/types.js";
import type { Notice } from "../live/notices.js";

/** One toast for all reloads, so that saving often does not pile them up. */
const TOAST = "reload";
const BROKEN_MS = 6_000;

export function tellReload({ kind, title, text, failure }: Notice): void {
  if (kind === "broken" && failure !== null) toast.error(title, { id: TOAST, description: <Broken text={text} failure={failure} />, duration: BROKEN_MS });
  else toast.success(title, { id: TOAST, description: text });
}

function Broken({ text, failure }: { readonly text: string; readonly failure: FailureView }): ReactNode {
  const { data: graph } = useQuery(graphQuery);
  const node = graph?.nodes.find(({ file }) => file === failure.file);
  const close = (): void => void toast.dismiss(TOAST);
  return (
    <>
      <p className="line-clamp-3 break-words">{text}</p>
      <p className="mt-1.5 flex gap-4">
        <Link to="/problems" onClick={close} className="font-medium underline">Show the problem</Link>
        {node !== undefined && <Link to="/flows/{-$flow}" params={{}} search={{ step: node.id }} onClick={close} className="font-medium underline">On the graph</Link>}
      </p>
    </>
  );
}

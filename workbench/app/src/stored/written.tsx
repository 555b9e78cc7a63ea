/** Who wrote a value, and the way to the run that did. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { WriteView } from "../api/types.js";
import { Ago } from "../parts/ago.js";

/** The step; by hand, or by the server as when its time was over. */
export function writerOf({ step }: WriteView): string {
  return step === "" ? "By hand" : step;
}

interface TraceLinkProps {
  readonly write: WriteView;
  readonly children: ReactNode;
}

/** Nothing where no run wrote. */
export function TraceLink({ write: { step, traceId, spanId }, children }: TraceLinkProps): ReactNode {
  if (step === "" || traceId === "") return null;
  return (
    <Link to="/traces/{-$trace}" params={{ trace: traceId }} search={spanId === null ? {} : { span: spanId }} className="text-accent hover:underline">
      {children}
    </Link>
  );
}

export function Written({ write }: { readonly write: WriteView | null }): ReactNode {
  if (write === null) return <p className="text-[13px] text-soft">Written before the server started, or longer ago than is remembered.</p>;
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 text-[13px] text-soft">
      <span>Written by <strong className="font-semibold text-text">{write.step === "" ? "hand" : write.step}</strong></span>
      <Ago at={write.at} />
      <TraceLink write={write}>Open the run</TraceLink>
    </p>
  );
}

/** The way to a step on the graph. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { classes } from "./class-names.js";

interface NodeLinkProps {
  readonly step: string;
  /** The trace whose path is lit. */
  readonly run?: string;
  readonly className?: string;
  readonly children?: ReactNode;
}

export function NodeLink({ step, run, className, children = step }: NodeLinkProps): ReactNode {
  return (
    <Link to="/flows/{-$flow}" search={run === undefined ? { step } : { step, run }} className={classes("text-accent hover:underline", className)}>
      {children}
    </Link>
  );
}

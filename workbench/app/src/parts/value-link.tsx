/** The way to a stored value, of the state or of a stream. */

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { streamOf, type Place } from "../api/stored.js";
import { classes } from "./class-names.js";

interface ValueLinkProps {
  readonly place: Place;
  readonly className?: string;
  readonly children: ReactNode;
}

export function ValueLink({ place: { space, group, key }, className, children }: ValueLinkProps): ReactNode {
  const stream = streamOf(space);
  const look = classes("text-accent hover:underline", className);
  if (stream === null) return <Link to="/state/{-$group}/{-$key}" params={{ group, key }} className={look}>{children}</Link>;
  return <Link to="/streams/{-$stream}/{-$group}/{-$id}" params={{ stream, group, id: key }} className={look}>{children}</Link>;
}

/** On the rail: how many dead letters there are. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemsQuery } from "../api/rest.js";
import { short } from "../parts/times.js";

export function DeadCount(): ReactNode {
  const { data } = useQuery(problemsQuery);
  if (data === undefined || data.dead === 0) return null;
  return (
    <span className="rounded-full bg-bad-tint px-1.5 text-[11px] leading-4 font-semibold text-bad tabular-nums">
      {short(data.dead)}<span className="sr-only"> dead {data.dead === 1 ? "letter" : "letters"}</span>
    </span>
  );
}

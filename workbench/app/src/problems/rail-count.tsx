/** On the rail: how many files do not load, or a dot if there are only lesser things to see. */

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { problemsQuery } from "../api/rest.js";
import { short } from "../parts/times.js";
import { countsOf, totalOf } from "./counts.js";

export function ProblemsCount(): ReactNode {
  const { data } = useQuery(problemsQuery);
  if (data === undefined) return null;
  const counts = countsOf(data);
  const { failures } = counts;
  if (failures > 0) {
    return (
      <span className="rounded-full bg-bad-tint px-1.5 text-[11px] leading-4 font-semibold text-bad tabular-nums">
        {short(failures)}<span className="sr-only"> {failures === 1 ? "file does" : "files do"} not load</span>
      </span>
    );
  }
  const lesser = totalOf(counts);
  return lesser === 0 ? null : <span className="size-2 rounded-full bg-warn"><span className="sr-only">, {short(lesser)} to look at</span></span>;
}

/** The command palette: finds whatever the project has, and does what the workbench can. */

import { useNavigate, type UseNavigateResult } from "@tanstack/react-router";
import { useMemo, type ReactNode } from "react";
import { arrive } from "../parts/arrival.js";
import { Finder } from "./finder.js";
import { useKnown } from "./known.js";
import { remember, useRecent } from "./recent.js";
import { SOURCES, type Go } from "./sources.js";
import { pastedTrace } from "./sources/traces.js";

const NONE: readonly string[] = [];

export function Palette({ onClose }: { readonly onClose: () => void }): ReactNode {
  const known = useKnown();
  const navigate: UseNavigateResult<string> = useNavigate();
  const project = known.project?.root ?? "";
  const recent = useRecent(({ ids }) => ids[project]) ?? NONE;
  const go: Go = (to, id) => void navigate(to).then(() => arrive(id));
  const entries = useMemo(() => SOURCES.flatMap((source) => source(known, go)), Object.values(known));
  return (
    <Finder
      title="Find anything"
      placeholder="A step, a route, a topic, a trace's id, or what to do"
      nothing="Nothing here is called that."
      entries={entries}
      entriesOf={(typed) => pastedTrace(typed, known, go)}
      recent={recent}
      onChoose={({ id, isPassing }) => isPassing !== true && remember(project, id)}
      onClose={onClose}
    />
  );
}

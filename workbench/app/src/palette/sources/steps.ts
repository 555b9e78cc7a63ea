/** Steps, which open on the graph, and flows. */

import { Workflow } from "lucide-react";
import type { NodeView } from "../../api/types.js";
import { subtitleOf } from "../../flows/view.js";
import { kindOf } from "../../parts/kinds.js";
import { counted } from "../../parts/times.js";
import type { Entry } from "../entry.js";
import type { Source } from "../sources.js";

/** Within the flow that is shown, if the step is of it. */
export const steps: Source = ({ graph, place }, go) =>
  (graph?.nodes ?? []).map((node) => {
    const flow = node.flows.find((name) => name === place.flow);
    return stepEntry(node, (id) => go({ to: "/flows/{-$flow}", params: { flow }, search: { step: node.id } }, id));
  });

export function stepEntry(node: NodeView, open: (id: string) => void): Entry {
  const id = `step:${node.id}`;
  return {
    id,
    group: "Steps",
    name: node.title,
    note: subtitleOf(node),
    keywords: [node.id, node.file, node.description, ...node.triggers.map(({ label }) => label)],
    icon: kindOf(node),
    act: () => open(id),
  };
}

export const flows: Source = ({ graph }, go) =>
  (graph?.flows ?? []).map(({ name, steps: within }) => ({
    id: `flow:${name}`,
    group: "Flows",
    name,
    note: counted(within.length, "step"),
    keywords: ["flow"],
    icon: { icon: Workflow, colour: "var(--accent)" },
    act: () => go({ to: "/flows/{-$flow}", params: { flow: name }, search: {} }),
  }));

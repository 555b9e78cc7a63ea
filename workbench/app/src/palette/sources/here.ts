/** What is chosen on the screen, seen otherwise; and what the screen itself offers. */

import {
  ClipboardCopy, Download, FileText, GanttChart, Image, Pause, ScrollText, Search, Send, Shapes, SquareArrowOutUpRight, Workflow, type LucideIcon,
} from "lucide-react";
import { ask } from "../../api/rest.js";
import type { GraphView, TraceView } from "../../api/types.js";
import { hereNow, type HereName } from "../../keys/here.js";
import { KEYS } from "../../keys/keys.js";
import { EDITORS } from "../../parts/editors.js";
import { useKept } from "../../parts/kept.js";
import { saving } from "../../parts/save.js";
import type { Entry } from "../entry.js";
import type { Known } from "../known.js";
import type { Go, Source } from "../sources.js";

export const here: Source = (known, go) => [...offered(), ...ofTrace(known, go), ...ofStep(known, go)];

const ICONS: Readonly<Record<HereName, LucideIcon>> = {
  search: Search, send: Send, pause: Pause, copyMermaid: ClipboardCopy, saveMermaid: FileText, saveSvg: Shapes, savePng: Image,
};

function offered(): readonly Entry[] {
  return hereNow().map(({ name, text, act }) => {
    const press = KEYS.find((key) => key.here === name)?.press;
    return { ...entry(`here:${name}`, text, ICONS[name], act), ...(press === undefined ? {} : { press }) };
  });
}

function ofTrace({ graph, place: { trace } }: Known, go: Go): readonly Entry[] {
  if (trace === undefined) return [];
  return [
    entry("here:trace", "Show this run as a trace", GanttChart, () => go({ to: "/traces/{-$trace}", params: { trace }, search: {} }, `trace:${trace}`)),
    entry("here:graph", "Show this run on the graph", Workflow, () => go({ to: "/flows/{-$flow}", params: {}, search: { run: trace } })),
    entry("here:logs", "Show the logs of this run", ScrollText, () => go({ to: "/logs", search: { trace } })),
    entry("here:save trace", "Save this trace as HTML", Download, () => void saveTraceOf(trace, graph)),
  ];
}

/** Asked for anew: the screen that stands may show no more of it than its log. */
function saveTraceOf(trace: string, graph: GraphView | undefined): Promise<void> {
  return saving("The trace", async () => {
    const [{ saveTrace }, { spans }] = await Promise.all([import("../../traces/export/saving.js"), ask<TraceView>(`/traces/${trace}`)]);
    await saveTrace({ trace, spans, nodes: new Map(graph?.nodes.map((node) => [node.id, node])), now: Date.now() / 1000 });
  });
}

function ofStep(known: Known, go: Go): readonly Entry[] {
  const step = stepOf(known);
  if (step === undefined || known.project === undefined) return [];
  const editor = EDITORS[useKept.getState().editor];
  const address = editor.address(`${known.project.root}/${step.file}`, step.line);
  return [
    entry("here:editor", `Open ${step.name} in ${editor.name}`, SquareArrowOutUpRight, () => location.assign(address), step.file),
    entry("here:step traces", `Show the traces of ${step.name}`, GanttChart, () => go({ to: "/traces/{-$trace}", params: {}, search: { step: step.name } })),
    entry("here:step logs", `Show the logs of ${step.name}`, ScrollText, () => go({ to: "/logs", search: { step: step.name } })),
  ];
}

/** The step that is open, or that answers the open endpoint. */
function stepOf({ graph, endpoints, place }: Known): { readonly name: string; readonly file: string; readonly line: number } | undefined {
  const node = graph?.nodes.find(({ id }) => id === place.step);
  if (node !== undefined) return { name: node.id, file: node.file, line: node.line };
  const endpoint = endpoints?.endpoints.find(({ id }) => id === place.endpoint);
  return endpoint && { name: endpoint.step, file: endpoint.file, line: endpoint.line };
}

function entry(id: string, name: string, icon: LucideIcon, act: () => void, note = ""): Entry {
  return { id, group: "Here", name, note, keywords: ["here"], icon: { icon, colour: "var(--accent)" }, isPassing: true, act };
}

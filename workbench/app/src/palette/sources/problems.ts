/** What is wrong with the project. */

import { FileWarning, Lightbulb } from "lucide-react";
import type { Entry } from "../entry.js";
import type { Source } from "../sources.js";

export const problems: Source = ({ problems: known }, go) => [
  ...(known?.failures ?? []).map(({ file, line, message, kind }): Entry => ({
    id: `problem:${file}`,
    group: "Problems",
    name: line === null ? file : `${file}:${line}`,
    note: message,
    keywords: ["problem", "does not load", kind],
    icon: { icon: FileWarning, colour: "var(--bad)" },
    isPassing: true,
    act: () => go({ to: "/problems" }, `problem:${file}`),
  })),
  ...(known?.findings ?? []).map(({ file, line, step, kind, message }): Entry => ({
    id: `problem:${step} ${kind} ${message}`,
    group: "Problems",
    name: step,
    note: message.replaceAll("`", ""),
    keywords: ["problem", `${file}:${line}`],
    icon: { icon: Lightbulb, colour: "var(--warn)" },
    isPassing: true,
    act: () => go({ to: "/problems" }, `problem:${step} ${kind} ${message}`),
  })),
];

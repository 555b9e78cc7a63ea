/**
 * The screens, in the order in which the rail shows them. To add one: its folder with `screen.tsx`, its
 * route in router.tsx, its line here.
 */

import type { LucideIcon } from "lucide-react";
import { Database, GanttChart, Radio, ScrollText, Workflow } from "lucide-react";

interface Screen {
  readonly to: "/flows/{-$flow}" | "/traces/{-$trace}" | "/logs" | "/state/{-$group}/{-$key}" | "/streams/{-$stream}/{-$group}/{-$id}";
  readonly name: string;
  readonly icon: LucideIcon;
}

export const SCREENS: readonly Screen[] = [
  { to: "/flows/{-$flow}", name: "Flows", icon: Workflow },
  { to: "/traces/{-$trace}", name: "Traces", icon: GanttChart },
  { to: "/logs", name: "Logs", icon: ScrollText },
  { to: "/state/{-$group}/{-$key}", name: "State", icon: Database },
  { to: "/streams/{-$stream}/{-$group}/{-$id}", name: "Streams", icon: Radio },
];

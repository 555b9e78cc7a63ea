/**
 * The screens, in the order in which the rail shows them. To add one: its folder with `screen.tsx`, its
 * route in router.tsx, its line here.
 */

import type { LucideIcon } from "lucide-react";
import { CalendarClock, Database, GanttChart, Inbox, Megaphone, Radio, ScrollText, Send, TriangleAlert, Workflow } from "lucide-react";
import type { ComponentType } from "react";
import { ProblemsCount } from "./problems/rail-count.js";
import { DeadCount } from "./queue/rail-count.js";

interface Screen {
  readonly to:
    | "/flows/{-$flow}"
    | "/endpoints"
    | "/traces/{-$trace}"
    | "/logs"
    | "/state/{-$group}/{-$key}"
    | "/streams/{-$stream}/{-$group}/{-$id}"
    | "/queue"
    | "/cron"
    | "/events"
    | "/problems";
  readonly name: string;
  readonly icon: LucideIcon;
  /** How many wait there to be seen. */
  readonly Count?: ComponentType;
}

export const SCREENS: readonly Screen[] = [
  { to: "/flows/{-$flow}", name: "Flows", icon: Workflow },
  { to: "/endpoints", name: "Endpoints", icon: Send },
  { to: "/traces/{-$trace}", name: "Traces", icon: GanttChart },
  { to: "/logs", name: "Logs", icon: ScrollText },
  { to: "/state/{-$group}/{-$key}", name: "State", icon: Database },
  { to: "/streams/{-$stream}/{-$group}/{-$id}", name: "Streams", icon: Radio },
  { to: "/queue", name: "Queue", icon: Inbox, Count: DeadCount },
  { to: "/cron", name: "Cron", icon: CalendarClock },
  { to: "/events", name: "Events", icon: Megaphone },
  { to: "/problems", name: "Problems", icon: TriangleAlert, Count: ProblemsCount },
];

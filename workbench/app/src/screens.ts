/**
 * The screens, in the order in which the rail shows them. To add one: its folder with `screen.tsx`, its
 * route in router.tsx, its line here.
 */

import type { LucideIcon } from "lucide-react";
import { CalendarClock, Database, GanttChart, Inbox, Megaphone, Radio, ScrollText, Send, TriangleAlert, Workflow } from "lucide-react";
import type { ComponentType } from "react";
import { ProblemsCount } from "./problems/rail-count.js";
import { DeadCount } from "./queue/rail-count.js";

export type ScreenAddress =
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

interface Screen {
  readonly to: ScreenAddress;
  readonly name: string;
  /** After `g` it leads here. */
  readonly letter: string;
  readonly icon: LucideIcon;
  /** How many wait there to be seen. */
  readonly Count?: ComponentType;
}

export const SCREENS: readonly Screen[] = [
  { to: "/flows/{-$flow}", name: "Flows", letter: "f", icon: Workflow },
  { to: "/endpoints", name: "Endpoints", letter: "e", icon: Send },
  { to: "/traces/{-$trace}", name: "Traces", letter: "t", icon: GanttChart },
  { to: "/logs", name: "Logs", letter: "l", icon: ScrollText },
  { to: "/state/{-$group}/{-$key}", name: "State", letter: "s", icon: Database },
  { to: "/streams/{-$stream}/{-$group}/{-$id}", name: "Streams", letter: "r", icon: Radio },
  { to: "/queue", name: "Queue", letter: "q", icon: Inbox, Count: DeadCount },
  { to: "/cron", name: "Cron", letter: "c", icon: CalendarClock },
  { to: "/events", name: "Events", letter: "v", icon: Megaphone },
  { to: "/problems", name: "Problems", letter: "p", icon: TriangleAlert, Count: ProblemsCount },
];

/**
 * The screens, in the order in which the rail shows them. To add one: its folder with `screen.tsx`, its
 * route in router.tsx, its line here.
 */

import type { LucideIcon } from "lucide-react";
import { Workflow } from "lucide-react";

interface Screen {
  readonly to: "/flows/{-$flow}";
  readonly name: string;
  readonly icon: LucideIcon;
}

export const SCREENS: readonly Screen[] = [{ to: "/flows/{-$flow}", name: "Flows", icon: Workflow }];

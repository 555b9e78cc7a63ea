/** The kinds of steps: their icons and colours, which are Motia's. */

import type { LucideIcon } from "lucide-react";
import { Cable, CalendarClock, CircleOff, Database, FileWarning, Link2, Radio, Waypoints } from "lucide-react";
import type { ReactNode } from "react";
import type { NodeView } from "../api/types.js";
import type { NodeKind } from "../api/words.js";
import { classes } from "./class-names.js";

export interface Kind {
  readonly icon: LucideIcon;
  /** A CSS colour that reads on cards in both themes. */
  readonly colour: string;
}

export const KINDS: Readonly<Record<NodeKind, Kind>> = {
  api: { icon: Link2, colour: "var(--kind-api)" },
  event: { icon: Waypoints, colour: "var(--kind-event)" },
  cron: { icon: CalendarClock, colour: "var(--kind-cron)" },
  noop: { icon: CircleOff, colour: "var(--kind-noop)" },
  stream: { icon: Radio, colour: "var(--kind-stream)" },
  state: { icon: Database, colour: "var(--kind-state)" },
  socket: { icon: Cable, colour: "var(--kind-socket)" },
};

const MISSING: Kind = { icon: FileWarning, colour: "var(--bad)" };

export function kindOf(node: Pick<NodeView, "kind" | "isMissing">): Kind {
  return node.isMissing ? MISSING : KINDS[node.kind];
}

interface KindTileProps {
  readonly node: Pick<NodeView, "kind" | "isMissing">;
  readonly size?: "small" | "large";
}

/** The tinted tile that stands for a kind. */
export function KindTile({ node, size = "large" }: KindTileProps): ReactNode {
  return <Tile {...kindOf(node)} size={size} />;
}

export function Tile({ icon: Icon, colour, size }: Kind & { readonly size: "small" | "large" }): ReactNode {
  return (
    <span
      aria-hidden
      className={classes("grid shrink-0 place-items-center", size === "large" ? "size-9 rounded-lg" : "size-6 rounded-md")}
      style={{ color: colour, background: `color-mix(in oklab, ${colour} 16%, transparent)` }}
    >
      <Icon size={size === "large" ? 19 : 14} />
    </span>
  );
}

/** An address that is none of ours. */

import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import type { ReactNode } from "react";
import { Empty } from "../parts/notes.js";

export function Nowhere(): ReactNode {
  return (
    <Empty icon={Compass} title="There is nothing at this address">
      <Link to="/flows/{-$flow}" className="text-accent underline">Go to the flows</Link>
    </Empty>
  );
}

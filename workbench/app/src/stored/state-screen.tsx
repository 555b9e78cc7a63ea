import type { ReactNode } from "react";

export function StateScreen(): ReactNode {
  return null;
}

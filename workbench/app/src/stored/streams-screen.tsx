import type { ReactNode } from "react";

export function StreamsScreen(): ReactNode {
  return null;
}

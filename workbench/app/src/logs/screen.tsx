import type { ReactNode } from "react";

export function LogsScreen(): ReactNode {
  return null;
}

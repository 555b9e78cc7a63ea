/** Where toasts are shown. */

import type { ReactNode } from "react";
import { Toaster } from "sonner";
import { useKept } from "../parts/kept.js";

export function Notices(): ReactNode {
  const theme = useKept((kept) => kept.theme);
  return <Toaster theme={theme} position="bottom-right" closeButton offset={16} mobileOffset={{ bottom: 72 }} />;
}

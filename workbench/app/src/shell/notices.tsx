/** Where toasts are shown: over the header, so that they cover nothing that is worked with. */

import type { ReactNode } from "react";
import { Toaster } from "sonner";
import { useKept } from "../parts/kept.js";

const SHOWN_MS = 3_000;

export function Notices(): ReactNode {
  const theme = useKept((kept) => kept.theme);
  return (
    <Toaster
      theme={theme}
      position="top-center"
      duration={SHOWN_MS}
      closeButton
      offset={6}
      mobileOffset={{ top: 6, left: 12, right: 12 }}
      toastOptions={{ className: "bg-raised! py-1! text-text!" }}
    />
  );
}

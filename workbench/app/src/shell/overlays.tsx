/** The keys of the page, and what they show over it. */

import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useKeys } from "../keys/use-keys.js";
import { arrive } from "../parts/arrival.js";
import { hideOverlay, toggleOverlay, useOverlay } from "./overlay.js";

export function Overlays(): ReactNode {
  const { overlay, View } = useOverlay();
  const navigate = useNavigate();
  useKeys({
    isCovered: overlay !== null,
    toggle: (overlay) => void toggleOverlay(overlay),
    go: (to) => void navigate({ to, params: {}, search: {} }).then(() => arrive()),
  });
  return View !== null && <View onClose={hideOverlay} />;
}

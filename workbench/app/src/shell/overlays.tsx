/** The keys of the page, and what they show over it. */

import { useNavigate } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import { useKeys } from "../keys/use-keys.js";
import { arrive } from "../parts/arrival.js";
import { hideOverlay, prepareOverlays, toggleOverlay, useOverlay } from "./overlay.js";

/** By then the first screen stands. */
const PREPARED_MS = 1500;

export function Overlays(): ReactNode {
  const { overlay, View } = useOverlay();
  const navigate = useNavigate();
  useEffect(() => {
    const timer = setTimeout(prepareOverlays, PREPARED_MS);
    return () => clearTimeout(timer);
  }, []);
  useKeys({
    isCovered: overlay !== null,
    toggle: (overlay) => void toggleOverlay(overlay),
    go: (to) => void navigate({ to, params: {}, search: {} }).then(() => arrive()),
  });
  return View !== null && <View onClose={hideOverlay} />;
}

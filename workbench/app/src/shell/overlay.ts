/** What is shown over the page, whatever the screen; no screen waits for it to load. */

import type { ComponentType } from "react";
import { toast } from "sonner";
import { create } from "zustand";

export type Overlay = "palette" | "keys";
export type OverlayView = ComponentType<{ readonly onClose: () => void }>;

const LOADERS: Readonly<Record<Overlay, () => Promise<OverlayView>>> = {
  palette: async () => (await import("../palette/palette.js")).Palette,
  keys: async () => (await import("../keys/sheet.js")).KeySheet,
};

interface Shown {
  readonly overlay: Overlay | null;
  readonly View: OverlayView | null;
}

export const useOverlay = create<Shown>(() => ({ overlay: null, View: null }));

export function hideOverlay(): void {
  useOverlay.setState({ overlay: null, View: null });
}

/** Fetch what will be wanted: who presses a key types on at once. */
export function prepareOverlays(): void {
  // Without it now, it is asked for again when it is wanted.
  for (const load of Object.values(LOADERS)) load().catch(() => undefined);
}

/** Show it, or hide it if it is there. */
export async function toggleOverlay(overlay: Overlay): Promise<void> {
  if (useOverlay.getState().overlay === overlay) return hideOverlay();
  useOverlay.setState({ overlay, View: null });
  try {
    const View = await LOADERS[overlay]();
    if (useOverlay.getState().overlay === overlay) useOverlay.setState({ View });
  } catch {
    hideOverlay();
    toast.error("This part of the page did not load", { description: "Is the server still there? A reload of the page may help." });
  }
}

/** A screen that broke: the rest of the page stays. */

import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Failed } from "../parts/notes.js";

export function ScreenFailed({ error, reset }: ErrorComponentProps): ReactNode {
  const router = useRouter();
  const retry = (): void => {
    reset();
    void router.invalidate();
  };
  return <Failed error={error instanceof Error ? error : new Error(String(error))} onRetry={retry} />;
}

/** A screen that broke: the rest of the page stays. */

import type { ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Failed } from "../parts/notes.js";

export function ScreenFailed({ error }: ErrorComponentProps): ReactNode {
  // All that was chosen stands in the address; and after an upgrade of the server the old page's parts are gone.
  return <Failed error={error instanceof Error ? error : new Error(String(error))} onRetry={() => location.reload()} />;
}

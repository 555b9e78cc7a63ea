/** What stands where there is nothing to show: nothing yet, still coming, or it failed. */

import type { LucideIcon } from "lucide-react";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.js";

interface EmptyProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ icon: Icon, title, children }: EmptyProps): ReactNode {
  return (
    <div className="m-auto flex max-w-md flex-col items-center gap-2 p-6 text-center">
      <span className="grid size-12 place-items-center rounded-2xl bg-tint text-accent"><Icon size={22} aria-hidden /></span>
      <h2 className="text-base font-semibold">{title}</h2>
      <div className="text-soft text-[13px]">{children}</div>
    </div>
  );
}

export function Failed({ error, onRetry }: { readonly error: Error; readonly onRetry?: () => void }): ReactNode {
  return (
    <div role="alert" className="m-auto flex max-w-md flex-col items-center gap-2 p-6 text-center">
      <span className="grid size-12 place-items-center rounded-2xl bg-bad-tint text-bad"><TriangleAlert size={22} aria-hidden /></span>
      <h2 className="text-base font-semibold">This cannot be shown</h2>
      <p className="text-soft text-[13px]">{error.message}</p>
      {onRetry !== undefined && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

export function Loading(): ReactNode {
  return <p role="status" className="m-auto p-6 text-soft">Loading…</p>;
}

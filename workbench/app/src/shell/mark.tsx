/** The product's mark: one step, and what it sets off. */

import type { ReactNode } from "react";

export function Mark({ size = 26 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 26 26" aria-hidden className="shrink-0">
      <rect width="26" height="26" rx="7" fill="var(--accent)" />
      <g fill="none" stroke="var(--on-accent)" strokeWidth="1.8" strokeLinecap="round">
        <path d="M9.4 13h2.1c2.6 0 1.8-4.6 4.6-4.6M11.5 13c2.6 0 1.8 4.6 4.6 4.6" />
        <circle cx="7.3" cy="13" r="2.1" />
        <circle cx="18.4" cy="8.4" r="2.1" />
        <circle cx="18.4" cy="17.6" r="2.1" />
      </g>
    </svg>
  );
}

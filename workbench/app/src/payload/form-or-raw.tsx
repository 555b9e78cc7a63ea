/** Whether a value is written in a form or as text. */

import type { ReactNode } from "react";

interface FormOrRawProps {
  readonly label: string;
  readonly isRaw: boolean;
  readonly onChange: (isRaw: boolean) => void;
}

export function FormOrRaw({ label, isRaw, onChange }: FormOrRawProps): ReactNode {
  const option = (name: string, raw: boolean): ReactNode => (
    <button
      type="button"
      aria-pressed={isRaw === raw}
      className="rounded-md px-2.5 py-1 text-[13px] text-soft aria-pressed:bg-card aria-pressed:font-medium aria-pressed:text-text aria-pressed:shadow-float"
      onClick={() => onChange(raw)}
    >
      {name}
    </button>
  );
  return <div role="group" aria-label={label} className="flex rounded-lg bg-canvas p-0.5">{option("Form", false)}{option("Raw JSON", true)}</div>;
}

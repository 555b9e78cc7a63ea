/** A button that puts a text on the clipboard, and says so. */

import { Check, Copy } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { IconButton } from "./button.js";
import { copy } from "./copy.js";

const SAID_MS = 1500;

interface CopyButtonProps {
  readonly label: string;
  /** Asked for when it is pressed: it may be long. */
  readonly text: () => string;
  readonly className?: string;
}

export function CopyButton({ label, text, className }: CopyButtonProps): ReactNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const Icon = isCopied ? Check : Copy;
  return (
    <IconButton label={isCopied ? "Copied" : label} className={className ?? ""} onClick={() => void copy(text()).then(setCopied)}>
      <Icon size={14} aria-hidden />
    </IconButton>
  );
}

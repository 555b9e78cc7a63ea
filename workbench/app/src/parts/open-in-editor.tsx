/** A way from a line of source to the editor of the person. */

import { ChevronDown, SquareArrowOutUpRight } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./button.js";
import { EDITORS } from "./editors.js";
import { useKept, type EditorId } from "./kept.js";
import { ChoiceMenu } from "./menu.js";

const CHOICES = Object.entries(EDITORS).map(([value, { name }]) => ({ value: value as EditorId, name }));

interface OpenInEditorProps {
  /** Absolute, on the machine of the server. */
  readonly file: string;
  readonly line: number;
}

export function OpenInEditor({ file, line }: OpenInEditorProps): ReactNode {
  const chosen = useKept((kept) => kept.editor);
  const editor = EDITORS[chosen];
  return (
    <span className="inline-flex items-center rounded-lg border bg-card">
      <a
        href={editor.address(file, line)}
        className="inline-flex h-8 items-center gap-1.5 rounded-l-lg px-2.5 text-[13px] whitespace-nowrap hover:bg-tint"
      >
        <SquareArrowOutUpRight size={14} aria-hidden className="text-accent" />
        Open in {editor.name}
      </a>
      <ChoiceMenu label="Editor" value={chosen} choices={CHOICES} onChoose={(editor) => useKept.setState({ editor })}>
        <IconButton label="Another editor" className="w-6! rounded-l-none! border-l"><ChevronDown size={14} aria-hidden /></IconButton>
      </ChoiceMenu>
    </span>
  );
}

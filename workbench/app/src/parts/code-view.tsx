/** Source to read, at a line. Loaded only when code is looked at. */

import { python } from "@codemirror/lang-python";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { Decoration, EditorView, drawSelection, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, type ReactNode } from "react";

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.controlKeyword, tags.operatorKeyword, tags.definitionKeyword, tags.moduleKeyword], color: "var(--code-word)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.className], color: "var(--code-name)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
]);

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "12px", backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.6" },
  ".cm-gutters": { backgroundColor: "var(--page)", color: "var(--soft)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 10px 0 12px" },
  ".cm-here": { backgroundColor: "color-mix(in oklab, var(--accent) 14%, transparent)" },
  ".cm-bad": { backgroundColor: "color-mix(in oklab, var(--bad) 20%, transparent)" },
});

interface CodeViewProps {
  readonly name: string;
  readonly text: string;
  readonly line: number;
  /** The line is to blame for something. */
  readonly isBad: boolean;
}

export default function CodeView({ name, text, line, isBad }: CodeViewProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (frame.current === null) return;
    const view = new EditorView({ parent: frame.current, state: stateOf(name, text, line, isBad) });
    const place = view.state.doc.line(Math.min(line, view.state.doc.lines)).from;
    view.dispatch({ effects: EditorView.scrollIntoView(place, { y: "start", yMargin: 60 }) });
    return () => view.destroy();
  }, [name, text, line, isBad]);
  return <div ref={frame} className="min-w-0 grow overflow-hidden rounded-xl border bg-page" />;
}

function stateOf(name: string, text: string, line: number, isBad: boolean): EditorState {
  const state = EditorState.create({ doc: text });
  const marked = state.doc.line(Math.min(line, state.doc.lines)).from;
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      drawSelection(),
      python(),
      syntaxHighlighting(COLOURS),
      LOOK,
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      // Not to be written in, but the keyboard must reach it to scroll.
      EditorView.contentAttributes.of({ tabindex: "0", "aria-label": `Source of ${name}`, "aria-readonly": "true" }),
      EditorView.decorations.of(Decoration.set([Decoration.line({ class: isBad ? "cm-bad" : "cm-here" }).range(marked)])),
    ],
  });
}

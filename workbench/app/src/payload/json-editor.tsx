/** JSON as text, in an editor that marks what is wrong with it. Loaded when it is first shown. */

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { linter, lintGutter, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { problemsOf } from "../schema/check.js";
import { parsed } from "../json/json.js";
import type { Schema } from "../schema/schema.js";
import { brokenAt, spanOf } from "./json-places.js";

interface JsonEditorProps {
  readonly label: string;
  readonly value: string;
  /** null: any JSON will do. */
  readonly schema: Schema | null;
  readonly onChange: (text: string) => void;
}

export default function JsonEditor({ label, value, schema, onChange }: JsonEditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [complaint, setComplaint] = useState("");
  // The editor outlives renders: it asks for what is true now.
  const now = useRef({ schema, onChange });
  now.current = { schema, onChange };
  useEffect(() => {
    if (place.current === null) return;
    const tell = EditorView.updateListener.of((update) => {
      if (update.docChanged) now.current.onChange(update.state.doc.toString());
    });
    const lint = linter(({ state }) => {
      const found = diagnostics(state, now.current.schema);
      setComplaint(complaintOf(state, found));
      return found;
    }, { delay: 250 });
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({ doc: value, extensions: [...LOOKS, tell, lint, EditorView.contentAttributes.of({ "aria-label": label })] }),
    });
    view.current = editor;
    return () => editor.destroy();
    // Made once; its text is followed below.
  }, [label]);
  useEffect(() => {
    const editor = view.current;
    if (editor === null || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  return (
    <>
      <div ref={place} className="min-h-40 overflow-hidden rounded-lg border border-strong-line bg-card text-[13px] focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-accent" />
      <p role="status" className="min-h-5 text-xs text-warn">{complaint}</p>
    </>
  );
}

/** In words, what the marks show: the first of them, and how many more there are. */
function complaintOf({ doc }: EditorState, [first, ...more]: readonly Diagnostic[]): string {
  if (first === undefined) return "";
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return `Line ${doc.lineAt(first.from).number}: ${first.message}${others}`;
}

function diagnostics(state: EditorState, schema: Schema | null): Diagnostic[] {
  const text = state.doc.toString();
  if (text.trim() === "") return [];
  const tree = syntaxTree(state);
  const broken = brokenAt(text, tree);
  if (broken !== null) return [{ ...broken, severity: "error" }];
  const value = parsed(text);
  if (schema === null || value === undefined) return [];
  return problemsOf(value, schema).map(({ path, message }) => ({ ...spanOf(tree, text, path), severity: "warning", message: said(path, message) }));
}

function said(path: readonly (string | number)[], message: string): string {
  return path.length === 0 ? message : `${path.join(".")} ${message}`;
}

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-name)" },
  { tag: tags.string, color: "var(--code-text)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: [tags.bool, tags.null], color: "var(--code-word)" },
]);

const THEME = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.55", maxHeight: "60dvh", overflow: "auto" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklab, var(--tint) 55%, transparent)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "color-mix(in oklab, var(--accent) 25%, transparent) !important" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--tint)", outline: "1px solid var(--strong-line)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line)", borderRadius: "8px", overflow: "hidden" },
});

// Tab is not taken: it leads on, as everywhere on the page.
const LOOKS = [
  json(),
  lineNumbers(),
  history(),
  indentOnInput(),
  bracketMatching(),
  highlightActiveLine(),
  lintGutter(),
  EditorView.lineWrapping,
  syntaxHighlighting(COLOURS),
  THEME,
  // Ctrl+Enter sends; the editor would begin a line.
  keymap.of([...defaultKeymap.filter(({ key }) => key !== "Mod-Enter"), ...historyKeymap]),
];

/** A value to write: as JSON, checked here for what it is and by the server for what it may be. */

import { lazy, Suspense, useState, type ReactNode } from "react";
import { toast } from "sonner";
import { writeValue, type Place } from "../api/stored.js";
import { Button } from "../parts/button.js";
import { Loading } from "../parts/notes.js";

// The editor is large: only who writes loads it.
const JsonEditor = lazy(() => import("../payload/json-editor.js"));

export type ItemSchema = Readonly<Record<string, unknown>> | null;

interface WriteFormProps {
  /** Null while it is not said yet where the value is to stand. */
  readonly place: Place | null;
  readonly start: string;
  readonly schema: ItemSchema;
  readonly onClose: () => void;
  readonly onWritten: (place: Place) => void;
  /** What else is to be said before. */
  readonly children?: ReactNode;
}

export function WriteForm({ place, start, schema, onClose, onWritten, children }: WriteFormProps): ReactNode {
  const [text, setText] = useState(start);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    if (place === null || isBusy) return;
    const value = parse(text);
    if (value instanceof SyntaxError) {
      setError(`This is no JSON: ${value.message}`);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await writeValue(place, value);
      toast.success(`${place.key} is saved`);
      onWritten(place);
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
      setBusy(false);
    }
  };
  return (
    <form
      className="flex min-h-0 flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        void save();
      }}
    >
      {children}
      <Suspense fallback={<Loading />}>
        <JsonEditor label="Value as JSON" value={text} schema={schema} onChange={setText} />
      </Suspense>
      {error !== null && <p role="alert" className="rounded-lg border border-bad bg-bad-tint px-3 py-2 text-[13px] break-words text-bad">{error}</p>}
      <div className="flex flex-wrap items-center gap-2">
        <span className="grow text-xs text-soft">Ctrl+Enter saves. What watches this value is set off, as by a step.</span>
        <Button onClick={onClose}>Cancel</Button>
        <Button look="main" type="submit" disabled={place === null || isBusy}>Save</Button>
      </div>
    </form>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return error instanceof SyntaxError ? error : new SyntaxError(String(error));
  }
}

/** The body of an answer, in the way that suits it. */

import { Download } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { Button } from "../../parts/button.js";
import { save } from "../../parts/save.js";
import { parsedExactly } from "../../json/digits.js";
import { JsonTree } from "../../json/tree.js";
import { fileName, isRunning, type Answer } from "./answer.js";
import { EventRows } from "./event-rows.js";
import { PlainText } from "./plain-text.js";
import { sizeText } from "./size.js";

export function BodyView({ answer }: { readonly answer: Answer }): ReactNode {
  const runs = isRunning(answer);
  switch (answer.head?.kind) {
    case undefined:
      return null;
    case "none":
      return <Note>This answer has no body.</Note>;
    case "events":
      return <EventRows key={answer.id} events={answer.events} isCut={answer.isCut} isRunning={runs} />;
    case "binary":
      return <Binary answer={answer} isRunning={runs} />;
    case "json":
      return <JsonBody answer={answer} isRunning={runs} />;
    case "text":
      return answer.text === "" && !runs ? <Note>The body is empty.</Note> : <PlainText label="Body" text={answer.text} />;
  }
}

export function Note({ children }: { readonly children: ReactNode }): ReactNode {
  return <p className="p-3 text-[13px] text-soft">{children}</p>;
}

function JsonBody({ answer, isRunning }: { readonly answer: Answer; readonly isRunning: boolean }): ReactNode {
  const value = useMemo(() => (isRunning ? undefined : parsedExactly(answer.text)), [isRunning, answer.text]);
  if (value !== undefined) return <JsonTree key={answer.id} label="Body" value={value} isTall />;
  return (
    <>
      {!isRunning && <p className="px-3 pt-2 text-xs text-warn">{answer.isCut ? "It is too large to be kept whole." : "It says that it is JSON, but is none."}</p>}
      <PlainText label="Body" text={answer.text} />
    </>
  );
}

function Binary({ answer, isRunning }: { readonly answer: Answer; readonly isRunning: boolean }): ReactNode {
  if (isRunning) return <Note>{sizeText(answer.bytes)} of {answer.head?.contentType} so far</Note>;
  if (answer.blob === null) return <Note>{sizeText(answer.bytes)} of {answer.head?.contentType}: more than is kept here.</Note>;
  const { blob } = answer;
  return (
    <div className="flex flex-col items-start gap-2 p-3 text-[13px]">
      <p>{sizeText(answer.bytes)} of {answer.head?.contentType || "unknown type"}</p>
      <Button onClick={() => save(blob, fileName(answer))}><Download size={14} aria-hidden />Save</Button>
    </div>
  );
}

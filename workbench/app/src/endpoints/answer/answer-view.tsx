/** What came back: how it went, what it is, and the way to its trace. */

import { Link } from "@tanstack/react-router";
import { Ban, CircleX, Copy, Download, GanttChart, LoaderCircle, Workflow } from "lucide-react";
import { Tabs } from "radix-ui";
import { useState, type ReactNode } from "react";
import { buttonLook, IconButton } from "../../parts/button.js";
import { classes } from "../../parts/class-names.js";
import { copyText } from "../../parts/copy.js";
import { save } from "../../parts/save.js";
import { duration } from "../../parts/times.js";
import { TAB } from "../../parts/looks.js";
import { fileName, isRunning, traceOf, type Answer } from "./answer.js";
import { BodyView, Note } from "./body-view.js";
import { PlainText } from "./plain-text.js";
import { Raised } from "./raised.js";
import { sizeText } from "./size.js";

type View = "body" | "raw" | "headers";

export function AnswerView({ answer }: { readonly answer: Answer }): ReactNode {
  const [view, setView] = useState<View>("body");
  const raw = answer.head?.kind === "json" || answer.head?.kind === "events";
  const shown = view === "raw" && !raw ? "body" : view;
  return (
    <Tabs.Root value={shown} onValueChange={(chosen) => setView(chosen as View)} className="flex min-h-0 grow flex-col">
      <StatusLine answer={answer} />
      {answer.error !== null && <Failure text={answer.error} />}
      <Raised answer={answer} />
      <div className="flex shrink-0 items-center justify-between border-b px-3">
        <Tabs.List aria-label="About the answer" className="flex gap-4">
          <Tabs.Trigger value="body" className={TAB}>{answer.head?.kind === "events" ? `Events ${answer.events.length || ""}` : "Body"}</Tabs.Trigger>
          {raw && <Tabs.Trigger value="raw" className={TAB}>Raw</Tabs.Trigger>}
          <Tabs.Trigger value="headers" className={TAB}>Headers</Tabs.Trigger>
        </Tabs.List>
        {!isRunning(answer) && answer.head !== null && <Take answer={answer} />}
      </div>
      <Pane value="body"><BodyView answer={answer} /></Pane>
      <Pane value="raw"><PlainText label="Raw body" text={rawText(answer)} /></Pane>
      <Pane value="headers"><HeadersView answer={answer} /></Pane>
    </Tabs.Root>
  );
}

function Pane({ value, children }: { readonly value: View; readonly children: ReactNode }): ReactNode {
  return <Tabs.Content value={value} tabIndex={-1} className="flex min-h-0 grow flex-col outline-none data-[state=inactive]:hidden">{children}</Tabs.Content>;
}

function rawText({ head, text, events }: Answer): string {
  if (head?.kind !== "events") return text;
  return events.map(({ event, data, id }) => `${id === "" ? "" : `id: ${id}\n`}event: ${event}\n${data.split("\n").map((line) => `data: ${line}\n`).join("")}`).join("\n");
}

function StatusLine({ answer }: { readonly answer: Answer }): ReactNode {
  const trace = traceOf(answer);
  const { head, bytes, took } = answer;
  return (
    <div className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-[13px]">
      <p role="status" className="flex items-center gap-2">
        {head === null ? <NoHead answer={answer} /> : <Code status={head.status} text={head.statusText} />}
        {answer.state === "coming" && <span className="flex items-center gap-1 text-accent"><LoaderCircle size={14} aria-hidden className="animate-spin" />coming</span>}
        {answer.state === "cancelled" && head !== null && <span className="text-warn">cancelled</span>}
        {answer.state === "failed" && head !== null && <span className="text-bad">cut off</span>}
      </p>
      {took !== null && <span className="text-soft tabular-nums" title={head === null ? undefined : `The head came after ${duration(head.after)}`}>{duration(took)}</span>}
      {head !== null && <span className="text-soft tabular-nums">{sizeText(bytes)}</span>}
      {head?.redirectedTo !== null && head?.redirectedTo !== undefined && <span className="truncate text-soft">from {head.redirectedTo}</span>}
      <div className="grow" />
      {trace !== null && (
        <Link to="/traces/{-$trace}" params={{ trace }} className={buttonLook("plain", "font-medium text-accent!")}>
          <GanttChart size={14} aria-hidden />Its trace
        </Link>
      )}
      {trace !== null && (
        <Link to="/flows/{-$flow}" params={{}} search={{ run: trace }} className={buttonLook("plain", "font-medium text-accent!")}>
          <Workflow size={14} aria-hidden />On the graph
        </Link>
      )}
    </div>
  );
}

function NoHead({ answer }: { readonly answer: Answer }): ReactNode {
  if (answer.state === "waiting") return <span className="flex items-center gap-1.5 text-accent"><LoaderCircle size={15} aria-hidden className="animate-spin" />Waiting for the answer</span>;
  if (answer.state === "cancelled") return <span className="flex items-center gap-1.5 text-warn"><Ban size={15} aria-hidden />Cancelled</span>;
  return <span className="flex items-center gap-1.5 font-medium text-bad"><CircleX size={15} aria-hidden />No answer</span>;
}

/** Names that HTTP/1.1 servers usually send; some send none. */
function Code({ status, text }: { readonly status: number; readonly text: string }): ReactNode {
  const look = status < 300 ? "bg-good-tint text-good" : status < 400 ? "bg-tint text-accent" : status < 500 ? "bg-warn-tint text-warn" : "bg-bad-tint text-bad";
  return <span className={classes("rounded-md px-2 py-0.5 font-semibold tabular-nums", look)}>{status} {text}</span>;
}

function Failure({ text }: { readonly text: string }): ReactNode {
  return <p role="alert" className="mx-3 mb-2 rounded-lg bg-bad-tint px-3 py-2 text-[13px] text-bad">{text}</p>;
}

function Take({ answer }: { readonly answer: Answer }): ReactNode {
  if (answer.head?.kind === "binary" || answer.head?.kind === "none") return null;
  const text = rawText(answer);
  return (
    <span className="flex">
      <IconButton label="Copy the body" onClick={() => void copyText(text, "The body")}><Copy size={15} aria-hidden /></IconButton>
      <IconButton label="Save the body" onClick={() => save(new Blob([text]), fileName(answer))}><Download size={15} aria-hidden /></IconButton>
    </span>
  );
}

function HeadersView({ answer: { head } }: { readonly answer: Answer }): ReactNode {
  if (head === null) return <Note>There is no answer, so there are no headers.</Note>;
  return (
    <div className="min-h-0 grow overflow-auto p-3" tabIndex={0} role="region" aria-label="Headers of the answer">
      <table className="text-[13px]">
        <tbody>
          {head.headers.map(([name, value]) => (
            <tr key={`${name}${value}`} className="align-top">
              <th scope="row" className="py-0.5 pr-4 text-left font-mono font-normal whitespace-nowrap text-soft">{name}</th>
              <td className="font-mono break-all">{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

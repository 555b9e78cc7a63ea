/** One endpoint: what it is, a request to fill in and send, and what came back. */

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ClipboardCopy, ExternalLink, Send, Square, TriangleAlert } from "lucide-react";
import { useMemo, useRef, useState, type ReactNode } from "react";
import { problemsQuery, projectQuery } from "../api/rest.js";
import type { EndpointView } from "../api/types.js";
import { useHere } from "../keys/here.js";
import { arrivalOf } from "../parts/arrival.js";
import { ActionMenu } from "../parts/action-menu.js";
import { Button, buttonLook } from "../parts/button.js";
import { copyText } from "../parts/copy.js";
import { NARROW, useMedia } from "../parts/media.js";
import { OpenInEditor } from "../parts/open-in-editor.js";
import { clockTime } from "../parts/times.js";
import { isRunning, type Answer } from "./answer/answer.js";
import { detailsOf } from "./answer/details.js";
import { AnswerView } from "./answer/answer-view.js";
import { MethodBadge } from "./method-badge.js";
import { PathText } from "./path-text.js";
import { missingParams, requestOf, type Draft } from "./request/draft.js";
import { paramId } from "./request/path-params.js";
import { RequestView, type RequestTab } from "./request/request-view.js";
import { LANGUAGES, snippetOf, type Language } from "./request/snippets.js";
import { cancel, changeDraft, draftFor, send, useRemembered } from "./store.js";
import { StreamPanel } from "./stream/stream-panel.js";

export function Tester({ endpoint, tab }: { readonly endpoint: EndpointView; readonly tab: RequestTab | undefined }): ReactNode {
  const drafts = useRemembered((state) => state.drafts);
  const draft = draftFor(endpoint, drafts);
  const answer = useRemembered((state) => state.answers[endpoint.id]);
  const sent = useRemembered((state) => state.past[endpoint.id]);
  const navigate = useNavigate();
  const [isChecked, setChecked] = useState(false);
  const answered = useRef<HTMLElement>(null);
  const isNarrow = useMedia(NARROW);
  const missing = missingParams(endpoint, draft);
  const runs = isRunning(answer);
  const told = useMemo(() => detailsOf(answer, draft.body), [answer, draft.body]);

  const submit = (): void => {
    const [first] = missing;
    setChecked(true);
    if (first !== undefined) return document.getElementById(paramId(first))?.focus();
    void send(endpoint);
    if (isNarrow) answered.current?.scrollIntoView();
  };
  useHere("send", "Send the request", submit);
  return (
    <div {...arrivalOf(`endpoint:${endpoint.id}`)} className="relative flex min-w-0 grow flex-col outline-none max-lg:overflow-y-auto">
      <Head endpoint={endpoint}>
        {endpoint.method === "GET" && missing.length === 0 && (
          <a href={requestOf(endpoint, draft).path} target="_blank" rel="noreferrer" className={buttonLook()}><ExternalLink size={14} aria-hidden />Open<span className="sr-only"> in a new tab</span></a>
        )}
        <CopyMenu endpoint={endpoint} draft={draft} answer={answer} />
        <Button
          look={runs ? "plain" : "main"}
          className="min-w-24"
          aria-keyshortcuts="Control+Enter Meta+Enter"
          title={runs ? undefined : "Ctrl+Enter or ⌘+Enter"}
          onClick={() => (runs ? cancel(endpoint.id) : submit())}
        >
          {runs ? <Square size={14} aria-hidden /> : <Send size={14} aria-hidden />}
          {runs ? "Cancel" : "Send"}
        </Button>
      </Head>
      <div className="flex flex-col lg:min-h-0 lg:grow lg:flex-row">
        <RequestView
          {...{ endpoint, draft, tab, sent }}
          missing={isChecked ? missing : []}
          told={told}
          onTab={(chosen) => void navigate({ to: "/endpoints", search: { endpoint: endpoint.id, tab: chosen }, replace: true })}
          onChange={(change) => changeDraft(endpoint, change)}
        />
        <section ref={answered} aria-label="Answer" className="flex min-h-0 min-w-0 flex-col bg-card max-lg:h-[75dvh] max-lg:border-t lg:flex-1 lg:border-l">
          {answer === undefined ? <NoAnswer endpoint={endpoint} /> : <AnswerView answer={answer} />}
          <StreamPanel endpoint={endpoint.id} answer={answer} />
        </section>
      </div>
    </div>
  );
}

function Head({ endpoint, children }: { readonly endpoint: EndpointView; readonly children: ReactNode }): ReactNode {
  const { data: project } = useQuery(projectQuery);
  const { method, path, description, step, flows, file, line, isStale } = endpoint;
  return (
    <header className="flex shrink-0 flex-col gap-2 border-b bg-card px-3 py-3 md:px-4">
      <Link to="/endpoints" className="-my-1 inline-flex items-center gap-1 self-start py-1 text-[13px] text-accent md:hidden">
        <ArrowLeft size={15} aria-hidden />All endpoints
      </Link>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <MethodBadge method={method} isLarge />
        <h2 className="min-w-0 flex-1 font-mono text-base leading-6 font-semibold break-words"><PathText path={path} /></h2>
        <div className="flex gap-2">{children}</div>
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[13px] text-soft">
        {description !== "" && <span className="text-text">{description}</span>}
        <span>
          step <Link to="/flows/{-$flow}" params={flows[0] === undefined ? {} : { flow: flows[0] }} search={{ step }} className="text-accent underline">{step}</Link>
        </span>
        <span className="font-mono text-xs">{file}:{line}</span>
        {project !== undefined && <span className="max-md:hidden"><OpenInEditor file={`${project.root}/${file}`} line={line} /></span>}
      </div>
      {isStale && <Stale file={file} />}
    </header>
  );
}

function Stale({ file }: { readonly file: string }): ReactNode {
  const { data } = useQuery(problemsQuery);
  const failure = data?.failures.find((each) => each.file === file);
  const since = failure === undefined || failure.servedSince === null ? "an earlier version" : `the version from ${clockTime(failure.servedSince)}`;
  return (
    <p role="alert" className="flex items-start gap-2 rounded-lg bg-bad-tint px-3 py-2 text-[13px] text-bad">
      <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
      <span>
        What you saved does not load{failure === undefined ? "" : `: ${failure.message}${failure.line === null ? "" : ` (line ${failure.line})`}`}. Still serving {since}.{" "}
        <Link to="/problems" className="font-medium underline">Show the problem</Link>
      </span>
    </p>
  );
}

interface CopyMenuProps {
  readonly endpoint: EndpointView;
  readonly draft: Draft;
  readonly answer: Answer | undefined;
}

function CopyMenu({ endpoint, draft, answer }: CopyMenuProps): ReactNode {
  const actions = Object.entries(LANGUAGES).map(([language, name]) => ({
    name,
    act: () => void copyText(snippetOf(language as Language, requestOf(endpoint, draft), location.origin, answer?.head?.status ?? null), name),
  }));
  return (
    <ActionMenu label="Copy the request as" actions={actions}>
      <Button><ClipboardCopy size={14} aria-hidden />Copy as</Button>
    </ActionMenu>
  );
}

function NoAnswer({ endpoint }: { readonly endpoint: EndpointView }): ReactNode {
  const statuses = Object.keys(endpoint.responseSchemas);
  return (
    <div className="m-auto max-w-xs p-6 text-center text-[13px] text-soft">
      <p>Send the request to see its answer here{endpoint.streams ? ", event by event as it comes" : ""}.</p>
      <p className="mt-1"><kbd className="rounded border px-1 font-mono text-xs">Ctrl</kbd> + <kbd className="rounded border px-1 font-mono text-xs">Enter</kbd> does so from anywhere.</p>
      {statuses.length > 0 && <p className="mt-1">It is declared to answer {statuses.join(", ")}.</p>}
    </div>
  );
}

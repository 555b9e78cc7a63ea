/** What will be sent: path parameters, body, query, headers; and what was sent before. */

import { Tabs } from "radix-ui";
import { useMemo, type ReactNode } from "react";
import type { EndpointView } from "../../api/types.js";
import { isBrowsersOwn } from "../answer/asking.js";
import { BodyEditor } from "./body-editor.js";
import { TAB } from "../../parts/looks.js";
import { mayHaveBody, type Draft, type Row } from "./draft.js";
import type { Sent } from "./past.js";
import { PastList } from "./past-list.js";
import { PathParams } from "./path-params.js";
import { RowsEditor } from "./rows-editor.js";

export const REQUEST_TABS = ["body", "query", "headers", "history"] as const;
export type RequestTab = (typeof REQUEST_TABS)[number];

const COMMON_HEADERS = ["Authorization", "X-API-Key", "Accept", "Accept-Language", "Content-Type", "Idempotency-Key", "If-None-Match"];

interface RequestViewProps {
  readonly endpoint: EndpointView;
  readonly draft: Draft;
  readonly tab: RequestTab | undefined;
  readonly sent: readonly Sent[] | undefined;
  readonly missing: readonly string[];
  readonly told: ReadonlyMap<string, string>;
  readonly onTab: (tab: RequestTab) => void;
  readonly onChange: (change: Partial<Draft>) => void;
}

export function RequestView({ endpoint, draft, tab, sent, missing, told, onTab, onChange }: RequestViewProps): ReactNode {
  const hasBody = mayHaveBody(endpoint.method);
  const shown = tab === undefined || (tab === "body" && !hasBody) ? (hasBody ? "body" : "query") : tab;
  const declared = useMemo(() => new Map(endpoint.queryParams.map(({ name, description }) => [name, description])), [endpoint.queryParams]);
  return (
    <section aria-label="Request" className="flex min-w-0 flex-col lg:min-h-0 lg:flex-1">
      <PathParams path={endpoint.path} params={draft.params} missing={missing} onChange={(params) => onChange({ params })} />
      <Tabs.Root value={shown} onValueChange={(chosen) => onTab(chosen as RequestTab)} className="flex grow flex-col lg:min-h-0">
        <Tabs.List aria-label="The request" className="flex shrink-0 gap-4 overflow-x-auto overflow-y-hidden border-b px-3 pt-1">
          {hasBody && <Tabs.Trigger value="body" className={TAB}>Body</Tabs.Trigger>}
          <Tabs.Trigger value="query" className={TAB}>Query<Count of={on(draft.query)} /></Tabs.Trigger>
          <Tabs.Trigger value="headers" className={TAB}>Headers<Count of={on(draft.headers)} /></Tabs.Trigger>
          <Tabs.Trigger value="history" className={TAB}>History<Count of={sent?.length ?? 0} /></Tabs.Trigger>
        </Tabs.List>
        <Pane value="body"><BodyEditor endpoint={endpoint} draft={draft} wasSent={sent !== undefined} told={told} onChange={onChange} /></Pane>
        <Pane value="query">
          <RowsEditor what="query parameter" rows={draft.query} declared={declared} onChange={(query) => onChange({ query })} />
        </Pane>
        <Pane value="headers">
          <RowsEditor what="header" rows={draft.headers} suggested={COMMON_HEADERS} warningOf={warningOf} onChange={(headers) => onChange({ headers })} />
        </Pane>
        <Pane value="history"><PastList sent={sent} onLoad={({ draft: past }) => { onChange(past); onTab(hasBody ? "body" : "query"); }} /></Pane>
      </Tabs.Root>
    </section>
  );
}

function Pane({ value, children }: { readonly value: RequestTab; readonly children: ReactNode }): ReactNode {
  return <Tabs.Content value={value} tabIndex={-1} className="relative grow p-3 outline-none lg:min-h-0 lg:overflow-y-auto">{children}</Tabs.Content>;
}

function Count({ of }: { readonly of: number }): ReactNode {
  return of === 0 ? null : <span className="rounded bg-tint px-1 text-[11px] font-normal text-accent tabular-nums">{of}</span>;
}

function on(rows: readonly Row[]): number {
  return rows.filter(({ name, isOn }) => isOn && name !== "").length;
}

function warningOf(name: string): string | null {
  return isBrowsersOwn(name) ? "Browsers set this one themselves and leave yours out; a copied curl command sends it." : null;
}

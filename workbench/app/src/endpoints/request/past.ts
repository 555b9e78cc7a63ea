/** What was sent before, for each endpoint: the last ones, the newest first. Pure. */

import { addressOf } from "./address.js";
import { isDraft, keptPart, sentRows, type Draft } from "./draft.js";

export interface Sent {
  readonly id: string;
  readonly at: number;
  readonly draft: Draft;
  readonly address: string;
  /** null: it runs, was cancelled, or nobody answered. */
  readonly status: number | null;
  readonly milliseconds: number | null;
  /** What it set off; null: not known. */
  readonly trace: string | null;
}

export type Past = Readonly<Record<string, readonly Sent[]>>;

export const MOST_SENT = 20;

/** Put it first, or in the place of the one with its id. */
export function remembered(past: Past, endpoint: string, sent: Sent): Past {
  const before = past[endpoint] ?? [];
  const isKnown = before.some(({ id }) => id === sent.id);
  const now = isKnown ? before.map((each) => (each.id === sent.id ? sent : each)) : [sent, ...before].slice(0, MOST_SENT);
  return { ...past, [endpoint]: now };
}

/** What of it may be written down. */
export function keptPast(past: Past): Past {
  return Object.fromEntries(Object.entries(past).map(([endpoint, sent]) => [endpoint, sent.map((each) => keptSent(endpoint, each))]));
}

/** The address may hold secrets, too: it is made again. */
function keptSent(endpoint: string, sent: Sent): Sent {
  const draft = keptPart(sent.draft);
  const path = endpoint.slice(endpoint.indexOf(" ") + 1);
  return { ...sent, draft, address: addressOf(path, draft.params, sentRows(draft.query)) };
}

export function isSent(value: unknown): value is Sent {
  const sent = value as Partial<Sent> | null;
  return typeof sent === "object" && sent !== null && typeof sent.id === "string" && typeof sent.at === "number"
    && typeof sent.address === "string" && (sent.trace === null || typeof sent.trace === "string") && isDraft(sent.draft);
}

/** What the screen remembers while the page is open: drafts, answers, what was sent. And what of it outlives a reload. */

import { create } from "zustand";
import type { EndpointView } from "../api/types.js";
import { isRunning, traceOf, type Answer } from "./answer/answer.js";
import { ask, type Asking } from "./answer/asking.js";
import { newDraft, requestOf, withDeclared, type Draft } from "./request/draft.js";
import { remembered, type Past } from "./request/past.js";
import { readKept, writeKept } from "./session.js";

interface Remembered {
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly past: Past;
  /** The last one of each endpoint. */
  readonly answers: Readonly<Record<string, Answer>>;
}

export const useRemembered = create<Remembered>(() => ({ ...readKept(), answers: {} }));

const askings = new Map<string, Asking>();
/** Which request of an endpoint is the last: one that was cancelled for another must not come back over that. */
const turns = new Map<string, number>();

export function draftFor(endpoint: EndpointView, drafts: Remembered["drafts"]): Draft {
  const kept = drafts[endpoint.id];
  return kept === undefined ? newDraft(endpoint) : withDeclared(kept, endpoint);
}

export function changeDraft(endpoint: EndpointView, change: Partial<Draft>): void {
  useRemembered.setState(({ drafts }) => ({ drafts: { ...drafts, [endpoint.id]: { ...draftFor(endpoint, drafts), ...change } } }));
}

/** Send what is filled in; what comes back is in `answers` as it comes, also when another endpoint is looked at. */
export async function send(endpoint: EndpointView): Promise<void> {
  cancel(endpoint.id);
  const draft = draftFor(endpoint, useRemembered.getState().drafts);
  const request = requestOf(endpoint, draft);
  const note = (answer: Answer): void => {
    const { id, sentAt, head, took } = answer;
    const sent = { id, at: sentAt, draft, address: request.path, status: head?.status ?? null, milliseconds: took, trace: traceOf(answer) };
    useRemembered.setState(({ past }) => ({ past: remembered(past, endpoint.id, sent) }));
  };
  const turn = (turns.get(endpoint.id) ?? 0) + 1;
  turns.set(endpoint.id, turn);
  const tell = (answer: Answer): void => {
    if (turns.get(endpoint.id) !== turn) return;
    useRemembered.setState(({ answers }) => ({ answers: { ...answers, [endpoint.id]: answer } }));
  };
  const asking = ask(request, tell);
  askings.set(endpoint.id, asking);
  note(asking.begun);
  note(await asking.ended);
}

export function cancel(endpoint: string): void {
  if (isRunning(useRemembered.getState().answers[endpoint])) askings.get(endpoint)?.cancel();
}

let isPlanned = false;

useRemembered.subscribe((now, before) => {
  if (isPlanned || (now.drafts === before.drafts && now.past === before.past)) return;
  isPlanned = true;
  setTimeout(() => {
    isPlanned = false;
    writeKept(useRemembered.getState());
  }, 300);
});

// A reload right after the last key.
addEventListener("pagehide", () => writeKept(useRemembered.getState()));

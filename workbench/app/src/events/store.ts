/** What is written for each topic and what was emitted, while the page is open. */

import { create } from "zustand";
import { emit } from "../api/queued.js";
import { valueOf, type Payload } from "../payload/payload.js";

export interface Emitted {
  readonly id: number;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly topic: string;
  readonly value: unknown;
  readonly traceId: string;
}

interface Session {
  /** By topic. Payloads may hold secrets: they are kept nowhere else. */
  readonly drafts: Readonly<Record<string, Payload>>;
  /** Newest first. */
  readonly emitted: readonly Emitted[];
}

const MOST_EMITTED = 100;

export const useSession = create<Session>(() => ({ drafts: {}, emitted: [] }));

/** Undefined: as at the beginning. */
export function setDraft(topic: string, draft: Payload | undefined): void {
  useSession.setState(({ drafts: { [topic]: _old, ...rest } }) => ({ drafts: draft === undefined ? rest : { ...rest, [topic]: draft } }));
}

let count = 0;

/** Raises ApiError. */
export async function emitDraft(topic: string, draft: Payload): Promise<void> {
  const value = valueOf(draft);
  const { traceId } = await emit(topic, value);
  count += 1;
  const said: Emitted = { id: count, at: Date.now() / 1000, topic, value, traceId };
  useSession.setState(({ emitted }) => ({ emitted: [said, ...emitted].slice(0, MOST_EMITTED) }));
}

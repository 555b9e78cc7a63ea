/** What a person makes of runs and dead letters while the page is open: edited payloads, and what came of them. */

import { create } from "zustand";
import type { EffectsView } from "../api/types.js";
import type { Payload } from "../payload/payload.js";

/** A rehearsal says all at once; a replay is asked for by its trace. */
export type Attempt =
  | { readonly kind: "rehearsal"; readonly effects: EffectsView }
  | { readonly kind: "replay"; readonly traceId: string };

interface Attempts {
  /** By the id of what is run again. Payloads may hold secrets: they are kept nowhere else. */
  readonly payloads: Readonly<Record<string, Payload>>;
  readonly last: Readonly<Record<string, Attempt>>;
}

export const useAttempts = create<Attempts>(() => ({ payloads: {}, last: {} }));

/** Undefined: as it came. */
export function setPayload(id: string, payload: Payload | undefined): void {
  useAttempts.setState(({ payloads: { [id]: _old, ...rest } }) => ({ payloads: payload === undefined ? rest : { ...rest, [id]: payload } }));
}

export function setAttempt(id: string, attempt: Attempt): void {
  useAttempts.setState(({ last }) => ({ last: { ...last, [id]: attempt } }));
}

/** What outlives a reload, in this tab: what was filled in and sent, without its secrets. No answer is kept. */

import { isDraft, keptPart, type Draft } from "./request/draft.js";
import { isSent, keptPast, type Past } from "./request/past.js";

export const PLACE = "motia-workbench-endpoints";

interface Kept {
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly past: Past;
}

export function readKept(): Kept {
  try {
    const kept = JSON.parse(sessionStorage.getItem(PLACE) ?? "{}") as Partial<Kept> | null;
    return { drafts: only(kept?.drafts, isDraft), past: only(kept?.past, (sent) => Array.isArray(sent) && sent.every(isSent)) };
  } catch {
    // Another version wrote it, or the browser keeps nothing.
    return { drafts: {}, past: {} };
  }
}

export function writeKept({ drafts, past }: Kept): void {
  const kept = { drafts: Object.fromEntries(Object.entries(drafts).map(([id, draft]) => [id, keptPart(draft)])), past: keptPast(past) };
  try {
    sessionStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // The browser keeps nothing, or there is no more room: it lasts as long as the page.
  }
}

function only<T>(given: Readonly<Record<string, T>> | undefined, isOne: (value: unknown) => boolean): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => isOne(value)));
}

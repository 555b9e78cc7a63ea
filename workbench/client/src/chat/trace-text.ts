/**
 * The answer that the items of one trace make up: `token`, `provider_switch`, `complete`, `error`. Pure
 * but for what it remembers: items come again after a reconnect, and each counts once.
 */

/** One item of a `chat-messages` group. */
export interface TraceItem {
  readonly id: string;
  readonly type: string;
  readonly traceId: string;
  readonly [field: string]: unknown;
}

export type Outcome = { readonly type: "growing" } | { readonly type: "complete" } | { readonly type: "error"; readonly message: string };

export class TraceText {
  readonly #seen = new Set<string>();
  readonly #traceId: string;
  text = "";
  outcome: Outcome = { type: "growing" };

  constructor(traceId: string) {
    this.#traceId = traceId;
  }

  /** Take an item; whether it told anything new of this trace. */
  take(item: TraceItem): boolean {
    if (item.traceId !== this.#traceId || this.#seen.has(item.id) || this.outcome.type !== "growing") return false;
    this.#seen.add(item.id);
    switch (item.type) {
      case "token":
        this.text += typeof item.content === "string" ? item.content : "";
        return true;
      case "provider_switch":
        // What the failed provider said is no part of the answer.
        this.text = "";
        return true;
      case "complete":
        if (typeof item.response === "string") this.text = item.response;
        this.outcome = { type: "complete" };
        return true;
      case "error":
        this.outcome = { type: "error", message: String(item.error ?? "The answer failed") };
        return true;
      default:
        return false;
    }
  }
}

export function isTraceItem(said: unknown): said is TraceItem {
  if (typeof said !== "object" || said === null) return false;
  const { id, type, traceId } = said as Partial<TraceItem>;
  return typeof id === "string" && typeof type === "string" && typeof traceId === "string";
}

/** What a user holds of a channel. Knows nothing of how its changes came. */

import { onlyItem, type Snapshot } from "./channel-state.js";
import { Listeners, type Unsubscribe } from "./listeners.js";
import type { Channel, Identified, Item, StreamError, StreamEvent, SubscriptionStatus } from "./types.js";

/**
 * A group or an item that is watched. What it shows is never changed: a change makes new objects, and
 * what did not change stays the same object.
 */
export class Subscription<T extends Identified = Item> {
  readonly stream: string;
  readonly group: string;
  /** Of the item; undefined if a group is watched. */
  readonly id: string | undefined;
  readonly #changes = new Listeners<[]>();
  readonly #events = new Listeners<[StreamEvent]>();
  readonly #errors = new Listeners<[StreamError]>();
  readonly #onClose: (subscription: Subscription) => void;
  #snapshot: Snapshot;
  #isClosed = false;

  constructor(channel: Channel, snapshot: Snapshot, onClose: (subscription: Subscription) => void) {
    this.stream = channel.stream;
    this.group = channel.group;
    this.id = channel.id;
    this.#snapshot = snapshot;
    this.#onClose = onClose;
  }

  /** The group's items in the order of the server; of an item, it alone or nothing. */
  get items(): readonly T[] {
    return this.#snapshot.items as readonly unknown[] as readonly T[];
  }

  /** The item; null if there is none (yet). Of a group, its first one. */
  get item(): T | null {
    return onlyItem(this.#snapshot) as Identified | null as T | null;
  }

  get status(): SubscriptionStatus {
    return this.#snapshot.status;
  }

  /** Why it is refused; null if it is not. */
  get error(): StreamError | null {
    return this.#snapshot.error;
  }

  /** `{status, items, error}`; the same object until something changes. */
  readonly getSnapshot = (): Snapshot => this.#snapshot;

  /** Called after each change of what is shown. */
  onChange(listener: () => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  /** Called with what `streams.x.send` says. */
  onEvent(listener: (event: StreamEvent) => void): Unsubscribe {
    return this.#events.add(listener);
  }

  /** Called when the server refuses; at once if it has. */
  onError(listener: (error: StreamError) => void): Unsubscribe {
    if (this.error !== null) listener(this.error);
    return this.#errors.add(listener);
  }

  /** Hear nothing more. What was shown stays. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const listeners of [this.#changes, this.#events, this.#errors]) listeners.clear();
    this.#onClose(this as unknown as Subscription);
  }

  /** For the connection. @internal */
  show(snapshot: Snapshot): void {
    if (this.#isClosed || snapshot === this.#snapshot) return;
    const isNewError = snapshot.error !== null && snapshot.error !== this.#snapshot.error;
    this.#snapshot = snapshot;
    this.#changes.tell();
    if (isNewError && snapshot.error !== null) this.#errors.tell(snapshot.error);
  }

  /** For the connection. @internal */
  tell(event: StreamEvent): void {
    this.#events.tell(event);
  }
}

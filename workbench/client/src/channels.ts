/** What a connection watches: one state per channel, however many subscriptions share it. */

import { channelKey } from "./address.js";
import { after, NEW_CHANNEL, type ChannelState } from "./channel-state.js";
import { Subscription } from "./subscription.js";
import type { Watched } from "./transports/transport.js";
import type { Channel, Update } from "./types.js";

interface Entry {
  readonly channel: Channel;
  readonly subscriptions: Set<Subscription>;
  state: ChannelState;
}

export interface ChannelsListener {
  /** The first subscription of a channel was made. */
  joined(watched: Watched): void;
  /** The last one was closed. */
  left(channel: Channel): void;
}

export class Channels {
  readonly #entries = new Map<string, Entry>();
  readonly #listener: ChannelsListener;

  constructor(listener: ChannelsListener) {
    this.#listener = listener;
  }

  get size(): number {
    return this.#entries.size;
  }

  watched(): readonly Watched[] {
    return [...this.#entries.values()].map(({ channel, state }) => ({ channel, cursor: state.cursor }));
  }

  subscribe(channel: Channel): Subscription {
    const key = channelKey(channel);
    const found = this.#entries.get(key);
    const entry = found ?? { channel, subscriptions: new Set(), state: NEW_CHANNEL };
    const subscription = new Subscription(channel, entry.state.shown, (closed) => this.#closed(key, closed));
    entry.subscriptions.add(subscription);
    if (found === undefined) {
      this.#entries.set(key, entry);
      this.#listener.joined({ channel, cursor: null });
    }
    return subscription;
  }

  apply(update: Update, concerns: (channel: Channel) => boolean): void {
    for (const entry of [...this.#entries.values()]) {
      if (!concerns(entry.channel)) continue;
      entry.state = after(entry.state, update);
      for (const subscription of [...entry.subscriptions]) {
        subscription.show(entry.state.shown);
        if (update.type === "event") subscription.tell(update.event);
      }
    }
  }

  close(): void {
    for (const { subscriptions } of [...this.#entries.values()])
      for (const subscription of [...subscriptions]) subscription.close();
  }

  #closed(key: string, subscription: Subscription): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || !entry.subscriptions.delete(subscription) || entry.subscriptions.size > 0) return;
    this.#entries.delete(key);
    this.#listener.left(entry.channel);
  }
}

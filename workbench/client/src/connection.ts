/**
 * One way to a server for all that is watched there: opens, loses, waits, tries again, and climbs back
 * to the better transport. Which one comes next the ladder says; what is shown the channels know.
 */

import { baseAddress } from "./address.js";
import { NAME, told } from "./checks.js";
import { Channels } from "./channels.js";
import { climbed, heard, lost, newLadder, type Ladder } from "./ladder.js";
import { Listeners, type Unsubscribe } from "./listeners.js";
import { settingsOf, type Access, type ConnectOptions, type Settings } from "./options.js";
import type { Subscription } from "./subscription.js";
import { openPolling } from "./transports/polling.js";
import { openSse } from "./transports/sse.js";
import type { OpenTransport, Transport } from "./transports/transport.js";
import { openWebSocket } from "./transports/websocket.js";
import type { ConnectionStatus, Identified, Item, TransportName } from "./types.js";

const OPENERS: Readonly<Record<TransportName, OpenTransport>> = {
  websocket: openWebSocket,
  sse: openSse,
  polling: openPolling,
};
/** How much longer the next attempt at something better waits, and how often that grows. */
const UPGRADE_FACTOR = 2;
const MAX_UPGRADE_GROWTH = 4;

/**
 * A connection to the server at `url`, by default the page's own. It opens with the first
 * subscription and closes a second after the last one; `close()` ends it for good.
 *
 * @throws TypeError the address or an option makes no sense.
 */
export function connect(url?: string | URL, options: ConnectOptions = {}): Connection {
  const settings = settingsOf(options);
  return new Connection(baseAddress(url), settings);
}

export class Connection {
  /** The server's HTTP address, without a final slash. */
  readonly url: string;
  readonly #settings: Settings;
  readonly #channels: Channels;
  readonly #statusListeners = new Listeners<[ConnectionStatus, TransportName | null]>();
  #ladder: Ladder;
  #status: ConnectionStatus = "idle";
  /** What is used, or tried for lack of anything else. */
  #transport: Transport | null = null;
  #isOpen = false;
  /** A better one that is tried beside it. */
  #candidate: Transport | null = null;
  #timers = new Map<"retry" | "upgrade" | "linger", unknown>();
  #stopHearingNetwork: Unsubscribe | null = null;
  #upgrades = 0;

  /** For `connect`. @internal */
  constructor(url: string, settings: Settings) {
    this.url = url;
    this.#settings = settings;
    this.#ladder = newLadder(settings.transports.length, settings.backoff);
    this.#channels = new Channels({
      joined: (watched) => {
        this.#clear("linger");
        if (this.#status === "idle") this.#begin();
        else this.#transport?.watch(watched);
      },
      left: (channel) => {
        this.#transport?.leave(channel);
        if (this.#channels.size === 0) this.#after("linger", this.#settings.linger, () => this.#rest());
      },
    });
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** What changes come over; null while nothing is open. */
  get transport(): TransportName | null {
    return this.#isOpen ? (this.#transport?.name ?? null) : null;
  }

  /** How requests to the server are made, with the connection's headers. @internal */
  get access(): Access {
    return this.#settings.access;
  }

  /** Called after each change of `status` or `transport`. */
  onStatus(listener: (status: ConnectionStatus, transport: TransportName | null) => void): Unsubscribe {
    return this.#statusListeners.add(listener);
  }

  /**
   * Watch a group of a stream, or with `id` one item of it. Subscriptions of the same channel share
   * what was heard.
   *
   * @throws TypeError the connection is closed, or a part is no text or empty.
   */
  subscribe<T extends Identified = Item>(stream: string, group: string, id?: string): Subscription<T> {
    if (this.#status === "closed") throw new TypeError("This connection is closed");
    // Else it would ask for what cannot be, and stay `loading` for ever.
    if (!NAME.fits(stream) || !NAME.fits(group) || !(id === undefined || NAME.fits(id))) {
      const got = [stream, group, ...(id === undefined ? [] : [id])].map(told).join(", ");
      throw new TypeError(`subscribe(stream, group, id?) takes texts that are not empty; got ${got}`);
    }
    const channel = id === undefined ? { stream, group } : { stream, group, id };
    return this.#channels.subscribe(channel) as unknown as Subscription<T>;
  }

  /** End it and all its subscriptions, for good. */
  close(): void {
    if (this.#status === "closed") return;
    this.#channels.close();
    this.#rest();
    this.#say("closed");
    this.#statusListeners.clear();
  }

  /** Nobody watches any more. */
  #rest(): void {
    for (const name of [...this.#timers.keys()]) this.#clear(name);
    this.#stopHearingNetwork?.();
    this.#stopHearingNetwork = null;
    this.#candidate?.close();
    this.#transport?.close();
    this.#candidate = this.#transport = null;
    this.#isOpen = false;
    this.#say("idle");
  }

  #begin(): void {
    this.#ladder = newLadder(this.#settings.transports.length, this.#settings.backoff);
    this.#upgrades = 0;
    this.#stopHearingNetwork = onNetwork(() => this.#retryNow());
    this.#say("connecting");
    this.#try();
  }

  #try(): void {
    this.#isOpen = false;
    const transport = this.#open(this.#ladder.rung, {
      opened: () => this.#opened(),
      lost: () => this.#lost(),
    });
    this.#transport = transport;
  }

  #open(rung: number, told: { opened: () => void; lost: () => void }): Transport {
    const name = this.#settings.transports[rung] as TransportName;
    const transport: Transport = OPENERS[name]({
      base: this.url,
      settings: this.#settings,
      watched: () => this.#channels.watched(),
      heard: (update, concerns) => {
        if (transport !== this.#transport) return;
        this.#ladder = heard(this.#ladder);
        this.#channels.apply(update, concerns);
      },
      ...told,
    });
    return transport;
  }

  #opened(): void {
    this.#isOpen = true;
    this.#say("open");
    if (this.#ladder.rung > 0) this.#planUpgrade();
    else this.#upgrades = 0;
  }

  #lost(): void {
    const step = lost(this.#ladder, this.#settings.access.clock.random());
    this.#ladder = step.ladder;
    this.#transport = null;
    this.#isOpen = false;
    this.#candidate?.close();
    this.#candidate = null;
    this.#clear("upgrade");
    // Before anything else was open it is still the first attempt.
    if (this.#status !== "connecting" || step.wait > 0) this.#say("reconnecting");
    if (step.wait === 0) this.#try();
    else this.#after("retry", step.wait, () => this.#try());
  }

  /** The network is back: no reason to wait. */
  #retryNow(): void {
    if (!this.#timers.has("retry")) return;
    this.#clear("retry");
    this.#try();
  }

  #planUpgrade(): void {
    const wait = this.#settings.upgradeInterval * UPGRADE_FACTOR ** Math.min(this.#upgrades++, MAX_UPGRADE_GROWTH);
    this.#after("upgrade", wait, () => this.#tryBetter(0));
  }

  #tryBetter(rung: number): void {
    if (rung >= this.#ladder.rung) {
      this.#planUpgrade();
      return;
    }
    const candidate = this.#open(rung, {
      opened: () => {
        this.#transport?.close();
        this.#transport = candidate;
        this.#candidate = null;
        this.#ladder = climbed(this.#ladder, rung);
        this.#opened();
      },
      lost: () => {
        if (this.#candidate === candidate) {
          this.#candidate = null;
          this.#tryBetter(rung + 1);
        } else this.#lost();
      },
    });
    this.#candidate = candidate;
  }

  #say(status: ConnectionStatus): void {
    const isNew = status !== this.#status || status === "open";
    this.#status = status;
    if (isNew) this.#statusListeners.tell(status, this.transport);
  }

  #after(name: "retry" | "upgrade" | "linger", milliseconds: number, act: () => void): void {
    this.#clear(name);
    const timer = this.#settings.access.clock.setTimeout(() => {
      this.#timers.delete(name);
      act();
    }, milliseconds);
    this.#timers.set(name, timer);
  }

  #clear(name: "retry" | "upgrade" | "linger"): void {
    this.#settings.access.clock.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

/** Browsers say when the network is back; Node does not. */
function onNetwork(listener: () => void): Unsubscribe {
  if (typeof globalThis.addEventListener !== "function") return () => undefined;
  globalThis.addEventListener("online", listener);
  return () => globalThis.removeEventListener("online", listener);
}

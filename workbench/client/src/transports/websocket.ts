/** One WebSocket for all channels of a connection. Knows the socket, not what the frames mean. */

import { channelKey, socketAddress } from "../address.js";
import { FrameReader, joinMessage, leaveMessage } from "../frames.js";
import type { WebSocketLike } from "../options.js";
import type { Channel } from "../types.js";
import type { Listener, Transport, Watched } from "./transport.js";

export function openWebSocket(listener: Listener): Transport {
  return new WebSocketTransport(listener);
}

class WebSocketTransport implements Transport {
  readonly name = "websocket";
  readonly #listener: Listener;
  readonly #frames = new FrameReader();
  readonly #subscriptionIds = new Map<string, string>();
  #socket: WebSocketLike | null = null;
  #isOpen = false;
  #isEnded = false;
  #timer: unknown = null;
  #joins = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
    const { access, openTimeout } = listener.settings;
    this.#timer = access.clock.setTimeout(() => this.#lose(), openTimeout);
    const protocols = [...access.protocols];
    try {
      if (access.WebSocket === null) throw new TypeError("there is no WebSocket here");
      this.#socket = new access.WebSocket(socketAddress(listener.base), protocols);
    } catch {
      // No WebSocket, or one that the page's rules forbid. Not from within: nobody holds us yet.
      queueMicrotask(() => this.#lose());
      return;
    }
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = (event: { data: unknown }) => this.#received(event.data);
    this.#socket.onclose = () => this.#lose();
    this.#socket.onerror = () => this.#lose();
  }

  watch({ channel, cursor }: Watched): void {
    if (!this.#isOpen) return;
    const id = `${++this.#joins}`;
    this.#subscriptionIds.set(channelKey(channel), id);
    this.#socket?.send(joinMessage(channel, id, cursor));
  }

  leave(channel: Channel): void {
    const id = this.#subscriptionIds.get(channelKey(channel));
    if (!this.#isOpen || id === undefined) return;
    this.#subscriptionIds.delete(channelKey(channel));
    this.#socket?.send(leaveMessage(channel, id));
  }

  close(): void {
    this.#letGo()?.close(1000);
  }

  #opened(): void {
    const { settings } = this.#listener;
    this.#isOpen = true;
    settings.access.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#listener.opened();
    // A proxy may say that it is open and lead nowhere. Only a group is always answered.
    const watched = this.#listener.watched();
    if (watched.some(({ channel }) => channel.id === undefined))
      this.#timer = settings.access.clock.setTimeout(() => this.#lose(), settings.openTimeout);
    for (const each of watched) this.watch(each);
  }

  #received(data: unknown): void {
    this.#listener.settings.access.clock.clearTimeout(this.#timer);
    const heard = typeof data === "string" ? this.#frames.read(data) : null;
    if (heard !== null) this.#listener.heard(heard.update, heard.concerns);
  }

  #lose(): void {
    if (this.#isEnded) return;
    this.#letGo()?.close();
    this.#listener.lost();
  }

  #letGo(): WebSocketLike | null {
    const socket = this.#socket;
    this.#isEnded = true;
    this.#listener.settings.access.clock.clearTimeout(this.#timer);
    this.#isOpen = false;
    this.#socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      // `ws` throws an error that nobody listens to, as when it is closed before it was open.
      socket.onerror = () => undefined;
    }
    return socket;
  }
}

/**
 * Motia's stream protocol with what ours adds to it, as one client speaks it on one socket. Pure:
 * takes text, gives updates; never touches a socket.
 */

import type { Channel, Item, StreamEvent, Update } from "./types.js";

/** An update and whom it concerns. */
export interface Heard {
  readonly update: Update;
  /** Whether the channel is concerned. */
  readonly concerns: (channel: Channel) => boolean;
}

interface Growing {
  readonly stream: string;
  readonly group: string;
  readonly id: string;
  readonly field: string;
}

interface Frame {
  readonly streamName: string;
  readonly groupId: string;
  readonly id?: string;
  readonly event: { readonly type: string; readonly data?: unknown; readonly event?: StreamEvent };
  readonly cursor?: string;
  readonly grows?: Readonly<Record<string, readonly [number, string]>>;
}

/** Errors that end a subscription. */
const REFUSALS = new Set(["STREAM_ACCESS_DENIED"]);

export function joinMessage(channel: Channel, subscriptionId: string, cursor: string | null): string {
  return JSON.stringify({ type: "join", data: { ...addressOf(channel), subscriptionId, cursor, deltas: true } });
}

export function leaveMessage(channel: Channel, subscriptionId: string): string {
  return JSON.stringify({ type: "leave", data: { ...addressOf(channel), subscriptionId } });
}

function addressOf(channel: Channel): Record<string, string> {
  const { stream, group, id } = channel;
  return { streamName: stream, groupId: group, ...(id === undefined ? {} : { id }) };
}

/** Reads the frames of one socket, in order. What it cannot make sense of says nothing. */
export class FrameReader {
  /** What each number of the server stands for. */
  readonly #growing = new Map<number, Growing>();

  read(text: string): Heard | null {
    const frame = parsed(text);
    if (Array.isArray(frame)) return this.#readDelta(frame);
    if (!isFrame(frame)) return null;
    const update = updateOf(frame);
    if (update === null) return null;
    for (const [id, [number, field]] of Object.entries(frame.grows ?? {}))
      this.#growing.set(number, { stream: frame.streamName, group: frame.groupId, id, field });
    return { update, concerns: audience(frame, update) };
  }

  #readDelta(delta: readonly unknown[]): Heard | null {
    const [number, offset, text, set] = delta;
    const growing = typeof number === "number" ? this.#growing.get(number) : undefined;
    if (growing === undefined || typeof offset !== "number" || typeof text !== "string") return null;
    const { stream, group, id, field } = growing;
    const others = typeof set === "object" && set !== null ? { set: set as Record<string, unknown> } : {};
    return {
      update: { type: "grow", id, field, text, offset, ...others },
      concerns: (channel) => isIn(channel, stream, group) && (channel.id === undefined || channel.id === id),
    };
  }
}

function updateOf(frame: Frame): Update | null {
  const { event } = frame;
  const cursor = typeof frame.cursor === "string" ? { cursor: frame.cursor } : {};
  switch (event.type) {
    case "sync":
      return isSyncData(event.data) ? { type: "sync", data: event.data, ...cursor } : null;
    case "create":
    case "update":
    case "delete":
      return isItem(event.data) ? { type: "change", kind: event.type, item: event.data, ...cursor } : null;
    case "resumed":
      return { type: "resumed", ...cursor };
    case "reset":
      return { type: "reset" };
    case "event":
      return toldOf(frame, cursor);
    default:
      return null;
  }
}

function toldOf(frame: Frame, cursor: { cursor?: string }): Update | null {
  const told = frame.event.event;
  if (typeof told !== "object" || told === null || typeof told.type !== "string") return null;
  const { code, message } = (told.type === "error" ? (told.data ?? {}) : {}) as { code?: unknown; message?: unknown };
  if (typeof code === "string" && REFUSALS.has(code))
    return { type: "refused", error: { code, message: String(message ?? code) } };
  const id = frame.id === undefined ? {} : { id: frame.id };
  return { type: "event", event: Object.freeze({ type: told.type, data: told.data, ...id }), ...cursor };
}

/**
 * What answers a join is for the channel that the frame names. A change is for whoever watches the
 * item or its group; so is an event that names an item.
 */
function audience(frame: Frame, update: Update): (channel: Channel) => boolean {
  const { streamName, groupId, id } = frame;
  if (update.type === "change")
    return (channel) => isIn(channel, streamName, groupId) && (channel.id === undefined || channel.id === update.item.id);
  if (update.type === "event" && id !== undefined)
    return (channel) => isIn(channel, streamName, groupId) && (channel.id === undefined || channel.id === id);
  return (channel) => isIn(channel, streamName, groupId) && channel.id === id;
}

function isIn(channel: Channel, stream: string, group: string): boolean {
  return channel.stream === stream && channel.group === group;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isFrame(frame: unknown): frame is Frame {
  if (typeof frame !== "object" || frame === null) return false;
  const { streamName, groupId, event } = frame as Partial<Frame>;
  return typeof streamName === "string" && typeof groupId === "string" && typeof event?.type === "string";
}

export function isItem(data: unknown): data is Item {
  return typeof data === "object" && data !== null && typeof (data as { id?: unknown }).id === "string";
}

export function isSyncData(data: unknown): data is readonly Item[] | Item | null {
  return data === null || (Array.isArray(data) ? data.every(isItem) : isItem(data));
}

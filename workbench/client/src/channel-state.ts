/**
 * What is known of one channel, and what an update makes of it. Pure: a state goes in, another comes
 * out; the same one if nothing changed.
 *
 * A socket may hear of one change for two channels, before and after the snapshot of one of them. So
 * each item remembers the offset of its last change, and a change that is not newer is left out.
 */

import { readCursor, writeCursor, type Cursor } from "./cursor.js";
import { grown, NO_ITEMS, put, synced, without } from "./items.js";
import type { Item, StreamError, SubscriptionStatus, Update } from "./types.js";

/** What a subscription shows. Never changed: a change makes a new one. */
export interface Snapshot {
  readonly status: SubscriptionStatus;
  /** Of a group, in the order of the server; of an item, it alone or nothing. */
  readonly items: readonly Item[];
  /** Why it is refused. */
  readonly error: StreamError | null;
}

export interface ChannelState {
  readonly shown: Snapshot;
  /** How far it has heard; null: not at all, or of a server that does not say. */
  readonly cursor: string | null;
  /** The epoch that the offsets in `floor` and `heard` belong to. */
  readonly epoch: string | null;
  /** Everything up to here is in the snapshot that came last. */
  readonly floor: number;
  /** The offset of the last change of each item since then. */
  readonly heard: ReadonlyMap<string, number>;
}

const NOTHING_HEARD: ReadonlyMap<string, number> = new Map();

export const LOADING: Snapshot = Object.freeze({ status: "loading", items: NO_ITEMS, error: null });

export const NEW_CHANNEL: ChannelState = {
  shown: LOADING,
  cursor: null,
  epoch: null,
  floor: -1,
  heard: NOTHING_HEARD,
};

export function after(state: ChannelState, update: Update): ChannelState {
  switch (update.type) {
    case "sync":
      return afterSync(state, update);
    case "resumed":
      return { ...state, shown: shows(state.shown, state.shown.items), cursor: update.cursor ?? state.cursor };
    case "reset":
      // What is shown stays until the sync: an old answer is better than a page that flickers.
      return { ...state, cursor: null, epoch: null, floor: -1, heard: NOTHING_HEARD };
    case "change":
      return afterChange(state, update);
    case "grow":
      return afterGrowth(state, update);
    case "event":
      return { ...state, cursor: update.cursor ?? state.cursor };
    case "refused":
      return { ...state, shown: showsRefusal(state.shown, update.error), cursor: null };
  }
}

function afterSync(state: ChannelState, update: Extract<Update, { type: "sync" }>): ChannelState {
  const now = update.data === null ? [] : Array.isArray(update.data) ? (update.data as readonly Item[]) : [update.data as Item];
  const at = readCursor(update.cursor);
  return {
    shown: shows(state.shown, synced(state.shown.items, now)),
    cursor: update.cursor ?? null,
    epoch: at?.epoch ?? null,
    floor: at?.offset ?? -1,
    heard: NOTHING_HEARD,
  };
}

function afterChange(state: ChannelState, update: Extract<Update, { type: "change" }>): ChannelState {
  const { kind, item } = update;
  const at = readCursor(update.cursor);
  if (state.shown.status !== "live" || isOld(state, item.id, at)) return state;
  const items = kind === "delete" ? without(state.shown.items, item.id) : put(state.shown.items, item);
  return heardOf({ ...state, shown: shows(state.shown, items) }, item.id, at);
}

function afterGrowth(state: ChannelState, update: Extract<Update, { type: "grow" }>): ChannelState {
  const at = state.epoch === null ? null : { epoch: state.epoch, offset: update.offset };
  const before = state.shown.items.findLast((item) => item.id === update.id);
  if (state.shown.status !== "live" || before === undefined || isOld(state, update.id, at)) return state;
  const items = put(state.shown.items, grown(before, update.field, update.text, update.set));
  return heardOf({ ...state, shown: shows(state.shown, items) }, update.id, at);
}

function isOld(state: ChannelState, id: string, at: Cursor | null): boolean {
  if (at === null || at.epoch !== state.epoch) return false;
  return at.offset <= Math.max(state.floor, state.heard.get(id) ?? -1);
}

function heardOf(state: ChannelState, id: string, at: Cursor | null): ChannelState {
  if (at === null) return state;
  const heard = at.epoch === state.epoch ? new Map(state.heard) : new Map<string, number>();
  return { ...state, cursor: writeCursor(at), epoch: at.epoch, heard: heard.set(id, at.offset) };
}

function shows(before: Snapshot, items: readonly Item[]): Snapshot {
  if (before.status === "live" && before.items === items) return before;
  return Object.freeze({ status: "live", items, error: null });
}

function showsRefusal(before: Snapshot, error: StreamError): Snapshot {
  // The same refusal, asked for again, is no news.
  if (before.error?.code === error.code && before.error.message === error.message) return before;
  return Object.freeze({ status: "refused", items: NO_ITEMS, error });
}

/** The item of a channel that is one item's; null if there is none. */
export function onlyItem(snapshot: Snapshot): Item | null {
  return snapshot.items[0] ?? null;
}


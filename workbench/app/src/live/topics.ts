/**
 * Topics that are heard only while a screen wants them: much may come, and most screens need none of it.
 * Ties those who listen to the connection; knows no screen.
 */

import type { Batch } from "../api/types.js";
import type { LiveTopic } from "./connection.js";

export interface TopicListener {
  /** From here on all is heard: what was before must be asked for. Called again after each break. */
  onJoined(): void;
  onBatch(batch: Batch): void;
}

/** The part of the connection that is used. */
export interface Follower {
  follow(topic: LiveTopic): void;
  unfollow(topic: LiveTopic): void;
}

const listeners = new Map<LiveTopic, Set<TopicListener>>();
let follower: Follower | null = null;

/** Hear a topic; gives what ends it. */
export function hearTopic(topic: LiveTopic, listener: TopicListener): () => void {
  const all = listeners.get(topic) ?? new Set();
  const isHeard = all.size > 0;
  listeners.set(topic, all.add(listener));
  if (isHeard) listener.onJoined();
  else follower?.follow(topic);
  return () => {
    all.delete(listener);
    if (all.size > 0) return;
    listeners.delete(topic);
    follower?.unfollow(topic);
  };
}

/** The page is connected by this from now on; null: no more. */
export function followWith(next: Follower | null): void {
  follower = next;
  for (const topic of listeners.keys()) next?.follow(topic);
}

export function tellJoined(): void {
  for (const all of listeners.values()) for (const listener of all) listener.onJoined();
}

/** Pass a batch on; false if its topic is one that is always heard. */
export function tellBatch(batch: Batch): boolean {
  if (batch.topic !== "logs" && batch.topic !== "changes") return false;
  for (const listener of listeners.get(batch.topic) ?? []) listener.onBatch(batch);
  return true;
}

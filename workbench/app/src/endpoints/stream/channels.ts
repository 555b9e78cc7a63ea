/** Which group of a stream an answer is likely about. Pure. */

import type { TraceView } from "../../api/types.js";
import { isObject, type Json } from "../../json/json.js";

export interface Channel {
  readonly stream: string;
  readonly group: string;
}

/** Before the name of a stream, in the places of the server. */
const STREAM_SPACE = "stream/";
/** Parts of a body that are looked through. */
const MOST_PARTS = 2_000;

/** The channels that a body names: what `streams.x.set` gave a step says where it lives. */
export function channelsIn(body: Json): readonly Channel[] {
  const found: Channel[] = [];
  const waiting: Json[] = [body];
  for (let looked = 0; waiting.length > 0 && looked < MOST_PARTS; looked += 1) {
    const part = waiting.shift() ?? null;
    if (Array.isArray(part)) waiting.push(...part);
    if (!isObject(part)) continue;
    const marker = part["__motia"];
    if (isObject(marker) && typeof marker["streamName"] === "string" && typeof marker["groupId"] === "string") {
      found.push({ stream: marker["streamName"], group: marker["groupId"] });
    }
    waiting.push(...Object.values(part));
  }
  return distinct(found);
}

/** Those that the runs of a trace wrote to. */
export function channelsOf(trace: TraceView): readonly Channel[] {
  const places = trace.spans.flatMap(({ marks }) => marks.map(({ place }) => place)).filter((place) => place !== null);
  const inStreams = places.filter(({ space }) => space.startsWith(STREAM_SPACE));
  return distinct(inStreams.map(({ space, group }) => ({ stream: space.slice(STREAM_SPACE.length), group })));
}

export function distinct(channels: readonly Channel[]): readonly Channel[] {
  return [...new Map(channels.map((channel) => [keyOf(channel), channel])).values()];
}

/** The same for the same channel; empty for none. */
export function keyOf(channel: Channel | null | undefined): string {
  return channel == null ? "" : `${channel.stream}\n${channel.group}`;
}

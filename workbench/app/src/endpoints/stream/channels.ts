/** Which group of a stream an answer is likely about. Pure. */

import type { TraceView } from "../../api/types.js";
import { isObject, type Json } from "../schema/json.js";

export interface Channel {
  readonly stream: string;
  readonly group: string;
}

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
export function channelsOf(trace: TraceView, streams: readonly string[]): readonly Channel[] {
  const places = trace.spans.flatMap(({ marks }) => marks.filter(({ kind }) => kind === "stream").map(({ detail }) => String(detail)));
  return distinct(places.flatMap((place) => channelAt(place, streams)));
}

/** `chat/room 1/m7`: the name of a stream, a group and perhaps an item; names may hold slashes themselves. */
function channelAt(place: string, streams: readonly string[]): readonly Channel[] {
  const stream = streams.filter((name) => place.startsWith(`${name}/`)).toSorted((one, other) => other.length - one.length)[0];
  if (stream === undefined) return [];
  const rest = place.slice(stream.length + 1);
  const slash = rest.lastIndexOf("/");
  return [{ stream, group: slash < 0 ? rest : rest.slice(0, slash) }];
}

export function distinct(channels: readonly Channel[]): readonly Channel[] {
  return [...new Map(channels.map((channel) => [`${channel.stream}\n${channel.group}`, channel])).values()];
}

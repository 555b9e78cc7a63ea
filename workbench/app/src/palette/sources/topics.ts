/** Topics: each opens where its events are emitted by hand. */

import { KINDS } from "../../parts/kinds.js";
import type { Source } from "../sources.js";

export const topics: Source = ({ topics: known }, go) =>
  (known?.topics ?? []).map(({ topic, emitters, subscribers }) => ({
    id: `topic:${topic}`,
    group: "Topics",
    name: topic,
    note: subscribers.length === 0 ? "nobody takes it" : `to ${subscribers.join(", ")}`,
    keywords: ["emit", "topic", "event", ...emitters],
    icon: KINDS.event,
    act: () => go({ to: "/events", search: { topic } }, `topic:${topic}`),
  }));

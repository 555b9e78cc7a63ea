/** Streams with their groups, and the groups of the state. */

import { KINDS } from "../../parts/kinds.js";
import { counted } from "../../parts/times.js";
import type { Entry } from "../entry.js";
import type { Source } from "../sources.js";

export const stored: Source = ({ streams, state }, go) => [
  ...(streams?.streams ?? []).flatMap(({ name: stream, description, groups }): readonly Entry[] => [
    {
      id: `stream:${stream}`,
      group: "Streams",
      name: stream,
      note: description || counted(groups.length, "group"),
      keywords: ["stream"],
      icon: KINDS.stream,
      act: () => go({ to: "/streams/{-$stream}/{-$group}/{-$id}", params: { stream }, search: {} }),
    },
    ...groups.map(({ name: group, count }): Entry => ({
      id: `stream:${stream}/${group}`,
      group: "Streams",
      name: `${stream} / ${group}`,
      note: counted(count, "item"),
      keywords: ["stream", "group"],
      icon: KINDS.stream,
      act: () => go({ to: "/streams/{-$stream}/{-$group}/{-$id}", params: { stream, group }, search: {} }),
    })),
  ]),
  ...(state?.groups ?? []).map(({ name: group, count }): Entry => ({
    id: `state:${group}`,
    group: "State",
    name: group,
    note: counted(count, "value"),
    keywords: ["state", "group"],
    icon: KINDS.state,
    act: () => go({ to: "/state/{-$group}/{-$key}", params: { group }, search: {} }),
  })),
];

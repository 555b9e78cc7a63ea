import { beforeEach, expect, test } from "vitest";
import type { Batch } from "../src/api/types.js";
import { followWith, hearTopic, tellBatch, tellJoined, type TopicListener } from "../src/live/topics.js";

const told: string[] = [];

function listener(name: string): TopicListener {
  return { onJoined: () => told.push(`${name} joined`), onBatch: ({ topic }) => told.push(`${name} ${topic}`) };
}

function batch(topic: Batch["topic"]): Batch {
  return { type: "batch", topic, cursor: "", dropped: 0, reloads: [], runs: [], logs: [], changes: [] };
}

beforeEach(() => {
  told.length = 0;
  followWith({ follow: (topic) => told.push(`+${topic}`), unfollow: (topic) => told.push(`-${topic}`) });
  told.length = 0;
});

test("a topic is followed while the first to the last of its listeners is there", () => {
  const endOne = hearTopic("logs", listener("one"));
  const endOther = hearTopic("logs", listener("other"));
  endOne();
  endOther();
  // Who comes second has missed nothing that the first did not ask for: it asks for itself.
  expect(told).toEqual(["+logs", "other joined", "-logs"]);
});

test("a batch goes to those who hear its topic; what is always heard is not theirs", () => {
  const end = hearTopic("changes", listener("one"));
  tellJoined();
  expect(tellBatch(batch("changes"))).toBe(true);
  expect(tellBatch(batch("logs"))).toBe(true);
  expect(tellBatch(batch("runs"))).toBe(false);
  end();
  expect(told).toEqual(["+changes", "one joined", "one changes", "-changes"]);
});

test("a connection that is made later follows what is heard already", () => {
  followWith(null);
  const end = hearTopic("logs", listener("one"));
  followWith({ follow: (topic) => told.push(`later +${topic}`), unfollow: () => undefined });
  end();
  expect(told).toEqual(["later +logs"]);
});

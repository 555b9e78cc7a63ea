import { expect, test } from "vitest";
import { FrameReader, joinMessage, leaveMessage } from "../src/frames.js";

const frame = (event: unknown, more: object = {}): string =>
  JSON.stringify({ timestamp: 1, streamName: "s", groupId: "g", event, ...more });
const group = { stream: "s", group: "g" };
const item = { stream: "s", group: "g", id: "a" };
const other = { stream: "s", group: "g", id: "b" };
const elsewhere = { stream: "s", group: "h" };
const all = [group, item, other, elsewhere];

const heard = (text: string, reader = new FrameReader()) => {
  const said = reader.read(text);
  return said && { update: said.update, by: all.filter(said.concerns) };
};

test("a join asks for cursors and deltas, and leaves out an id that there is not", () => {
  expect(JSON.parse(joinMessage(group, "1", null))).toEqual({
    type: "join",
    data: { streamName: "s", groupId: "g", subscriptionId: "1", cursor: null, deltas: true },
  });
  expect(JSON.parse(joinMessage(item, "2", "e-5")).data).toMatchObject({ id: "a", cursor: "e-5" });
  expect(JSON.parse(leaveMessage(item, "2"))).toEqual({
    type: "leave",
    data: { streamName: "s", groupId: "g", id: "a", subscriptionId: "2" },
  });
});

test("a sync is for the channel that it names alone", () => {
  expect(heard(frame({ type: "sync", data: [{ id: "a" }] }, { cursor: "e-1" }))).toEqual({
    update: { type: "sync", data: [{ id: "a" }], cursor: "e-1" },
    by: [group],
  });
  expect(heard(frame({ type: "sync", data: null }, { id: "a" }))).toEqual({
    update: { type: "sync", data: null },
    by: [item],
  });
});

test.each(["create", "update", "delete"])("a %s is for the group's watchers and the item's", (kind) => {
  expect(heard(frame({ type: kind, data: { id: "a", n: 1 } }, { id: "a", cursor: "e-2" }))).toEqual({
    update: { type: "change", kind, item: { id: "a", n: 1 }, cursor: "e-2" },
    by: [group, item],
  });
});

test("an event that names an item is for its watchers too", () => {
  const said = { type: "typing", data: { who: "u" } };

  expect(heard(frame({ type: "event", event: said }))).toEqual({ update: { type: "event", event: said }, by: [group] });
  expect(heard(frame({ type: "event", event: said }, { id: "a" }))?.by).toEqual([group, item]);
});

test("a refusal is for the join that it answers", () => {
  const error = { code: "STREAM_ACCESS_DENIED", message: "Access denied" };

  expect(heard(frame({ type: "event", event: { type: "error", data: error } }, { id: "a" }))).toEqual({
    update: { type: "refused", error },
    by: [item],
  });
});

test("an error that a step sent is an event like others", () => {
  const said = { type: "error", data: { code: "MINE" } };

  expect(heard(frame({ type: "event", event: said }))?.update).toEqual({ type: "event", event: said });
});

test("a number stands for a field once a frame has said so", () => {
  const reader = new FrameReader();
  expect(reader.read('[7, 3, "x"]')).toBeNull();
  reader.read(frame({ type: "update", data: { id: "a", text: "" } }, { id: "a", cursor: "e-2", grows: { a: [7, "text"] } }));

  expect(heard('[7, 3, "Hel"]', reader)).toEqual({
    update: { type: "grow", id: "a", field: "text", text: "Hel", offset: 3 },
    by: [group, item],
  });
  expect(heard('[7, 4, "lo", {"done": true}]', reader)?.update).toMatchObject({ text: "lo", set: { done: true }, offset: 4 });
});

test("a sync may say which items grow", () => {
  const reader = new FrameReader();
  reader.read(frame({ type: "sync", data: [{ id: "a" }, { id: "b" }] }, { cursor: "e-1", grows: { a: [1, "x"], b: [2, "y"] } }));

  expect(heard('[2, 2, "t"]', reader)).toMatchObject({ update: { id: "b", field: "y" }, by: [group, other] });
});

test.each([
  "",
  "{",
  "null",
  "7",
  "[]",
  '["7", 1, "x"]',
  "{}",
  '{"event": {"type": "sync", "data": []}}',
  frame({ type: "sync" }),
  frame({ type: "sync", data: [{ noId: 1 }] }),
  frame({ type: "create", data: null }),
  frame({ type: "event" }),
  frame({ type: "event", event: {} }),
  frame({ type: "later" }),
])("%s says nothing", (text) => {
  expect(new FrameReader().read(text)).toBeNull();
});

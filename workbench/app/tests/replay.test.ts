import { describe, expect, test } from "vitest";
import type { EffectsView, MessageEffect, ResponseView, WriteEffect } from "../src/api/types.js";
import { compared, type Comparison, type EffectSection } from "../src/replay/compare.js";

function effects(change: Partial<EffectsView> = {}): EffectsView {
  return {
    traceId: "t", step: "Pack", trigger: "queue(order)", isRehearsal: false, status: "ok", error: null,
    traceback: null, durationMs: 1, emits: [], writes: [], messages: [], response: null, ...change,
  };
}

function write(space: string, key: string, value: unknown, kind: WriteEffect["kind"] = "set"): WriteEffect {
  return { space, group: "g", key, kind, value };
}

function rows({ sections }: Comparison, name: EffectSection["name"]) {
  return sections.find((section) => section.name === name)?.rows.map((row) => [row.kind, row.name]);
}

function response(change: Partial<ResponseView> = {}): ResponseView {
  return { status: 200, headers: {}, body: { n: 1 }, hasBody: true, note: null, ...change };
}

function responses(before: ResponseView | null, after: ResponseView | null): Comparison {
  return compared(effects({ response: before }), effects({ response: after }));
}

const MESSAGE: MessageEffect = { channel: "stream/shelf", to: "all", event: "moved", data: 1 };

describe("two runs of a step", () => {
  test("are compared by what they emitted, topic by topic", () => {
    const before = effects({ emits: [{ topic: "a", data: 1 }, { topic: "a", data: 2 }, { topic: "gone", data: 0 }] });
    const after = effects({ emits: [{ topic: "new", data: 0 }, { topic: "a", data: 1 }, { topic: "a", data: 3 }] });

    const found = compared(before, after);

    expect(rows(found, "Emits")).toEqual([["added", "new"], ["same", "a"], ["changed", "a"], ["removed", "gone"]]);
    expect(found.differences).toBe(3);
  });

  test("are compared by what they wrote, value by value", () => {
    const before = effects({ writes: [write("state", "k", { n: 1 }), write("stream/shelf", "i", { id: "i" })] });
    const after = effects({ writes: [write("stream/shelf", "i", { id: "i" }), write("state", "k", { n: 2 })] });

    const found = compared(before, after);

    expect(rows(found, "State")).toEqual([["changed", "g/k"]]);
    expect(rows(found, "Streams")).toEqual([["same", "shelf/g/i"]]);
  });

  test("differ where one sets to null what the other deletes", () => {
    const found = compared(effects({ writes: [write("state", "k", null)] }), effects({ writes: [write("state", "k", null, "delete")] }));

    expect(rows(found, "State")).toEqual([["changed", "g/k"]]);
  });

  test("are not judged by messages that a real run does not record", () => {
    const found = compared(effects(), effects({ isRehearsal: true, messages: [MESSAGE] }));

    expect(found.sections.find(({ name }) => name === "Messages")?.isOneSided).toBe(true);
    expect(rows(found, "Messages")).toEqual([["alone", "stream/shelf → all: moved"]]);
    expect(found.differences).toBe(0);
  });

  test("tell nothing of differences when the first is not remembered", () => {
    const found = compared(null, effects({ emits: [{ topic: "a", data: 1 }] }));

    expect(found.sections.every(({ isOneSided }) => isOneSided)).toBe(true);
    expect(rows(found, "Emits")).toEqual([["alone", "a"]]);
    expect(found.differences).toBe(0);
  });
});

describe("two answers", () => {
  test("are compared by status, body and headers", () => {
    const found = responses(response({ headers: { a: "1", b: "1" } }), response({ status: 201, body: { n: 2 }, headers: { a: "2", c: "1" } }));

    expect(rows(found, "Response")).toEqual([["changed", "status"], ["changed", "body"], ["changed", "a"], ["added", "c"], ["removed", "b"]]);
    expect(found.differences).toBe(5);
  });

  test("are no part of runs that answer nobody", () => {
    expect(rows(compared(effects(), effects()), "Response")).toBeUndefined();
  });

  test("are judged by what is known of both", () => {
    const found = responses(response({ body: null, hasBody: false, note: "It is a file." }), response({ status: 404 }));

    expect(rows(found, "Response")).toEqual([["changed", "status"], ["alone", "body"]]);
    expect(found.sections[0]?.notes).toEqual(["The body of before: It is a file."]);
    expect(found.differences).toBe(1);
  });

  test("are not judged where one is not known", () => {
    const found = responses(null, response());

    expect(rows(found, "Response")).toEqual([["alone", "status"], ["alone", "body"]]);
    expect(found.differences).toBe(0);
  });
});

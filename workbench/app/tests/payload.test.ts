import { describe, expect, test } from "vitest";
import { blankPayload, payloadOf, refusalOf, valueOf } from "../src/payload/payload.js";

describe("a payload", () => {
  const schema = { type: "object", properties: { item: { type: "string", minLength: 1 } }, required: ["item"] };

  test("keeps its value as a text", () => {
    expect(valueOf(payloadOf({ a: [1, null] }))).toEqual({ a: [1, null] });
    expect(valueOf({ text: "{", isRaw: true })).toBeUndefined();
  });

  test("begins without what only a person can know, and as an object without a schema", () => {
    expect(valueOf(blankPayload(schema))).toEqual({});
    expect(blankPayload(null)).toEqual({ text: "{}", isRaw: true });
  });

  test("is refused for what its schema says", () => {
    expect(refusalOf({ item: "tea" }, schema)).toBeNull();
    expect(refusalOf({ item: "" }, schema)).toMatch(/^item /);
    expect(refusalOf(undefined, schema)).toBe("it is no JSON");
    expect(refusalOf(1, null)).toBeNull();
  });
});

import { expect, test } from "vitest";
import { standingOf } from "../src/api/runs.js";
import type { ResponseView, RunInputView } from "../src/api/types.js";
import { answeredOf, givenOf, isGivenNothing } from "../src/traces/exchanged.js";
import { run } from "./samples.js";

const REQUEST = { method: "GET", path: "/find", query: {}, headers: { accept: "*/*" } };
const GIVEN: RunInputView = { step: "A", trigger: "queue(go)", part: "data", value: { n: 1 }, inputSchema: null, request: null, refusal: null };
const ANSWER: ResponseView = { status: 200, headers: {}, body: { ok: true }, hasBody: true, note: null };

test.each([
  ["ok", 201, "ok"],
  ["ok", null, "ok"],
  ["ok", 404, "refused"],
  ["ok", 503, "error"],
  ["skipped", 422, "skipped"],
  ["error", 400, "error"],
  ["running", 404, "running"],
] as const)("a run that is %s and answered %s is told as %s", (status, httpStatus, standing) => {
  expect(standingOf({ status, httpStatus })).toBe(standing);
});

test("a schedule that brings nothing has nothing to tell, an event has its data", () => {
  const nothing: RunInputView = { ...GIVEN, part: "nothing", value: null };

  expect(isGivenNothing(run("1", "A", 0, 1, { trigger: "cron(0 9 * * *)" }), { ...nothing, refusal: "Not kept." })).toBe(true);
  expect(isGivenNothing(run("1", "A", 0, 1, { trigger: "queue(go)" }), GIVEN)).toBe(false);
  expect(givenOf(GIVEN).values).toEqual([{ name: "Data", value: { n: 1 }, isOpen: undefined }]);
});

test("what is not kept is said in words", () => {
  expect(givenOf({ ...GIVEN, part: "nothing", refusal: "Too large." })).toEqual({ request: null, values: [], words: "Too large." });
  expect(givenOf({ ...GIVEN, part: "nothing", request: REQUEST }).words).toContain("Its body");
  expect(answeredOf({ ...ANSWER, body: null, hasBody: false, note: "It is a file." })).toEqual({ request: null, values: [], words: "It is a file." });
});

test("a request has its query only if it has one, and its headers folded", () => {
  const names = (query: Record<string, unknown>): readonly string[] => givenOf({ ...GIVEN, part: "query", request: { ...REQUEST, query } }).values.map(({ name }) => name);

  expect(names({})).toEqual(["Headers"]);
  expect(names({ q: "tea" })).toEqual(["Query", "Headers"]);
  expect(givenOf({ ...GIVEN, request: REQUEST }).values.at(-1)?.isOpen).toBe(false);
});

test("why it was refused is open, an answer that went well only if it is small", () => {
  expect(answeredOf({ ...ANSWER, status: 400 }).values[0]?.isOpen).toBe(true);
  expect(answeredOf(ANSWER).values[0]?.isOpen).toBeUndefined();
  expect(answeredOf({ ...ANSWER, body: "" })).toEqual({ request: null, values: [], words: "Without a body." });
});

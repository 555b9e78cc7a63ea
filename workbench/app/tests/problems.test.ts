import { describe, expect, test } from "vitest";
import type { ProblemsView } from "../src/api/types.js";
import { countsOf, inShort, severityOf, totalOf } from "../src/problems/counts.js";

const FINE: ProblemsView = { revision: 1, failures: [], findings: [], warnings: [], parked: 0, dead: 0 };
const FAILURE = { file: "steps/a_step.py", line: 1, message: "", advice: "", kind: "syntax", traceback: null, excerpt: [], servedSince: null } as never;
const FINDING = { step: "A", kind: "nobody-sends", message: "", advice: "", file: "steps/a_step.py", line: 1 } as never;

describe("what is wrong, in short", () => {
  test.each([
    ["No problems", "none", {}],
    ["1 problem", "bad", { failures: [FAILURE] }],
    ["1 dead letter", "warn", { dead: 1 }],
    ["3 waiting deliveries", "warn", { parked: 3 }],
    ["2 hints", "warn", { findings: [FINDING], warnings: ["a warning"] }],
    ["2 problems · 1 dead letter · 1 hint", "bad", { failures: [FAILURE, FAILURE], dead: 1, findings: [FINDING] }],
  ] as const)("%s: %s", (text, severity, wrong) => {
    const counts = countsOf({ ...FINE, ...wrong });

    expect([inShort(counts), severityOf(counts)]).toEqual([text, severity]);
  });

  test("all of it is counted", () => {
    expect(totalOf(countsOf({ ...FINE, failures: [FAILURE], warnings: ["a"], parked: 3, dead: 4 }))).toBe(9);
  });
});

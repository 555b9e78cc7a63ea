import { describe, expect, test } from "vitest";
import type { FailureView, ReloadView } from "../src/api/types.js";
import { noticeOf } from "../src/live/notices.js";

function failure(file: string, more: Partial<FailureView> = {}): FailureView {
  return { file: `steps/${file}`, line: 3, kind: "syntax", message: "was never closed", advice: "", excerpt: [], servedSince: null, ...more };
}

function reload(more: Partial<ReloadView> = {}): ReloadView {
  return { revision: 2, added: [], changed: [], removed: [], failures: [], seconds: 0.012, at: 100, ...more };
}

const BAD = failure("pay_step.py");

describe("what is said of a reload", () => {
  test("what changed, by name where it is little", () => {
    expect(noticeOf(reload({ added: ["Hello"], changed: ["A", "B", "C"] }), [])).toEqual({
      kind: "reloaded", title: "Reloaded", text: "Hello added, 3 changed · 12 ms", failure: null,
    });
  });

  test("nothing, if nothing is otherwise than before", () => expect(noticeOf(reload(), [])).toBeNull());

  test("a file that broke, with its reason and what answers meanwhile", () => {
    expect(noticeOf(reload({ failures: [BAD] }), [])).toMatchObject({
      kind: "broken", title: "pay_step.py does not load", text: "Line 3: was never closed · nothing of it is served", failure: BAD,
    });
    const served = noticeOf(reload({ failures: [failure("pay_step.py", { servedSince: 0, line: null })] }), []);
    expect(served?.text).toMatch(/^was never closed · still serving the version from \d\d:\d\d:\d\d$/);
  });

  test("one that was broken before gives way to what changed, and is not forgotten", () => {
    expect(noticeOf(reload({ changed: ["Hello"], failures: [BAD] }), [BAD])).toMatchObject({
      kind: "reloaded", text: "Hello changed · 12 ms · pay_step.py still does not load",
    });
  });

  test("one that was saved again and is as broken as before is told again", () => {
    expect(noticeOf(reload({ failures: [BAD] }), [BAD])?.title).toBe("pay_step.py does not load");
  });

  test("one that is broken otherwise now is told", () => {
    expect(noticeOf(reload({ failures: [failure("pay_step.py", { line: 9 })] }), [BAD])?.text).toMatch(/^Line 9/);
  });

  test("a mend, and what is left to mend", () => {
    const other = failure("ship_step.py");
    expect(noticeOf(reload({ failures: [other] }), [BAD, other])).toEqual({
      kind: "mended", title: "pay_step.py is no problem any more", text: "12 ms · ship_step.py still does not load", failure: null,
    });
  });

  test("several by their number, a file of two failures once", () => {
    expect(noticeOf(reload({ failures: [BAD, failure("pay_step.py", { line: 5 }), failure("ship_step.py")] }), [])?.title).toBe("2 files do not load");
    expect(noticeOf(reload(), [BAD, failure("ship_step.py")])?.title).toBe("2 files are no problem any more");
  });
});

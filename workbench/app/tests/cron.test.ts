import { describe, expect, test } from "vitest";
import { isOtherZone, tickTime, zoneTime } from "../src/cron/ticks.js";
import { wordsOf } from "../src/cron/words.js";
import { until } from "../src/parts/times.js";

const NOW = Date.UTC(2026, 10, 26, 12, 0, 0) / 1000;
const at = (day: number, hour: number, minute = 0, second = 0): number => Date.UTC(2026, 10, day, hour, minute, second) / 1000;

describe("the time until a tick", () => {
  test.each([
    [-3, "now"], [0, "now"], [0.2, "in 1 s"], [59, "in 59 s"], [60, "in 1 min"], [3599, "in 59 min"],
    [3600, "in 1 h"], [11_520, "in 3 h 12 min"], [86_400, "in 1 d"], [187_200, "in 2 d 4 h"],
  ])("%d s from now is %s", (seconds, text) => {
    expect(until(NOW + seconds, NOW)).toBe(text);
  });
});

describe("a tick in a zone", () => {
  test("is told by its day", () => {
    expect(tickTime(at(26, 13), NOW, "UTC")).toBe("today 13:00");
    expect(tickTime(at(27, 9), NOW, "UTC")).toBe("tomorrow 09:00");
    expect(tickTime(at(30, 9, 5), NOW, "UTC")).toBe("Mon 30 Nov, 09:05");
    expect(tickTime(at(30 + 35, 9), NOW, "UTC")).toBe("Mon 4 Jan 2027, 09:00");
  });

  test("has its seconds if there are any", () => {
    expect(tickTime(at(26, 12, 0, 30), NOW, "UTC")).toBe("today 12:00:30");
  });

  test("is of the zone's own day", () => {
    // 23:00 in London is 08:00 of the next day in Tokyo, where it is 21:00 now.
    expect(tickTime(at(26, 23), NOW, "Asia/Tokyo")).toBe("tomorrow 08:00");
  });

  test("has its day only where that is another", () => {
    const told = ["Pacific/Kiritimati", "Pacific/Pago_Pago"].map((zone) => zoneTime(NOW, zone));
    expect(told.some((text) => /^(Thu 26|Fri 27) Nov, \d\d:00$/.test(text))).toBe(true);
    expect(told.every((text) => /\d\d:00$/.test(text))).toBe(true);
  });

  test("is told twice only where the clocks differ", () => {
    expect(isOtherZone(null, NOW)).toBe(false);
    expect(isOtherZone("No/Where", NOW)).toBe(false);
    const zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago"];
    // They are 25 hours apart: no browser is in both.
    expect(zones.some((zone) => isOtherZone(zone, NOW))).toBe(true);
  });
});

test("an expression is told in words, or not at all", async () => {
  expect(await wordsOf("0 9 * * 1-5")).toBe("At 09:00, Monday through Friday");
  expect(await wordsOf("*/10 * * * * *")).toBe("Every 10 seconds");
  expect(await wordsOf("nonsense")).toBeNull();
});

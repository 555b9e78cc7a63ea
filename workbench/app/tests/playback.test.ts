import { expect, test } from "vitest";
import { momentAfter, momentBefore, paceOf, playbackOf } from "../src/flows/playback.js";
import { run } from "./samples.js";

const PLAYBACK = playbackOf([run("2", "Pay", 20, 50, { status: "error" }), run("1", "Take", 0, 10), run("3", "Tell", 60, null)]);

test("its moments are the begins and ends of all runs, since the first began", () => {
  expect(PLAYBACK.from).toBe(100);
  expect(PLAYBACK.milliseconds).toBeCloseTo(60);
  expect(PLAYBACK.moments.map(({ at, kind }) => [Math.round(at), kind])).toEqual([
    [0, "begin"],
    [10, "end"],
    [20, "begin"],
    [50, "failure"],
    [60, "begin"],
  ]);
});

test("it goes from moment to moment, and no farther than the ends", () => {
  expect(momentAfter(PLAYBACK, 10)).toBeCloseTo(20);
  expect(momentAfter(PLAYBACK, 60)).toBeCloseTo(60);
  expect(momentBefore(PLAYBACK, 50)).toBeCloseTo(20);
  expect(momentBefore(PLAYBACK, 0)).toBe(0);
});

test("a short trace is slowed down, a long one hurried, one between is played as it was", () => {
  const played = (milliseconds: number): number => milliseconds / paceOf({ ...PLAYBACK, milliseconds });

  expect(played(60)).toBeCloseTo(2_500);
  expect(played(90_000)).toBeCloseTo(12_000);
  expect(played(5_000)).toBeCloseTo(5_000);
});

test("a trace that takes no time can be drawn", () => {
  expect(playbackOf([run("1", "Take", 0, 0)]).milliseconds).toBeGreaterThan(0);
});

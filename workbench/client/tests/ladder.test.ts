import { expect, test } from "vitest";
import { waitAfter } from "../src/backoff.js";
import { climbed, heard, lost, newLadder } from "../src/ladder.js";

const backoff = { first: 100, longest: 1000 };

test("waits double up to the longest, and chance takes at most half of them", () => {
  expect([1, 2, 3, 4, 5, 99].map((failures) => waitAfter(failures, backoff, 1))).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(waitAfter(3, backoff, 0)).toBe(200);
});

test("what cannot be opened is followed by the next rung at once", () => {
  const second = lost(newLadder(3, backoff), 1);
  const third = lost(second.ladder, 1);

  expect([second, third].map(({ ladder, wait }) => [ladder.rung, wait])).toEqual([[1, 0], [2, 0]]);
});

test("after the last rung there is a wait, longer each round, and then the best again", () => {
  let ladder = newLadder(2, backoff);
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    ladder = lost(ladder, 1).ladder;
    const last = lost(ladder, 1);
    ladder = last.ladder;
    waits.push(last.wait);
    expect(ladder.rung).toBe(0);
  }

  expect(waits).toEqual([100, 200, 400]);
});

test("what worked and is lost is tried again first, after a wait", () => {
  const { ladder, wait } = lost(heard({ ...newLadder(3, backoff), rung: 1, failures: 4 }), 1);

  expect([ladder.rung, wait, ladder.failures]).toEqual([0, 100, 1]);
});

test("a better rung has to prove itself, too", () => {
  const better = climbed(heard({ ...newLadder(3, backoff), rung: 2 }), 0);

  expect(lost(better, 1)).toMatchObject({ ladder: { rung: 1 }, wait: 0 });
});

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

test("what worked is tried alone for some rounds, and then the rest as well", () => {
  let ladder = heard(newLadder(3, backoff));
  const tried: [number, number][] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    const step = lost(ladder, 1);
    ladder = step.ladder;
    tried.push([ladder.rung, step.wait]);
  }

  expect(tried).toEqual([[0, 100], [0, 200], [0, 400], [0, 800], [1, 0], [2, 0], [0, 1000], [1, 0], [2, 0]]);
});

test("what is better than what worked is tried before it each time", () => {
  let ladder = heard({ ...newLadder(3, backoff), rung: 1, failures: 4 });
  const tried: [number, number][] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    const step = lost(ladder, 1);
    ladder = step.ladder;
    tried.push([ladder.rung, step.wait]);
  }

  expect(tried).toEqual([[0, 100], [1, 0], [0, 200], [1, 0]]);
});

test("a better rung has to prove itself, too", () => {
  const better = climbed(heard({ ...newLadder(3, backoff), rung: 2 }), 0);

  expect(lost(better, 1)).toMatchObject({ ladder: { rung: 1 }, wait: 0 });
});

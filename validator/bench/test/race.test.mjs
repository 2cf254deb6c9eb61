import assert from "node:assert/strict";
import { test } from "node:test";

import { lap, median, race } from "../race.mjs";

/** Draws that shuffle, the same ones every time. */
function draws() {
  let seed = 1;
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647;
}

test("a ratio is the median of the ratios within a round, not the ratio of the medians", async () => {
  const [slow, fast] = [[30, 10, 50], [10, 10, 5]];
  const runner = (name, times) => ({ name, lap: () => times.shift() });
  const rows = await race(
    [runner("slow", slow), runner("fast", fast)],
    { rounds: 3, warmUp: 0, lapTime: 100, firstCount: 4 },
    draws(),
  );
  assert.deepEqual(rows[0], { name: "slow", us: 30, against: { fast: 3 } });
  assert.equal(rows[1].us, 10);
});

test("rounds of the warm-up set the length of a lap and count for nothing", async () => {
  const counts = [];
  const runner = { name: "one", lap: (count) => (counts.push(count), counts.length === 1 ? 1000 : 10) };
  const rows = await race([runner], { rounds: 2, warmUp: 2, lapTime: 2000, firstCount: 4 }, draws());
  assert.deepEqual(counts, [4, 2, 200, 200]);
  assert.equal(rows[0].us, 10);
});

test("laps go on through the inputs, and what is not timed is not counted", async () => {
  const seen = [];
  let now = 0;
  const contestant = { inputs: ["a", "b", "c"], job: (input) => (seen.push(input), void (now += 5)) };
  assert.equal(await lap(contestant, 2, () => now), 5);
  assert.equal(await lap(contestant, 1, () => now), 5);
  assert.equal(seen.join(""), "abcabc");
});

test("a lap waits for those who promise", async () => {
  let done = 0;
  const job = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    done += 1;
  };
  await lap({ inputs: [1], job }, 2, () => done);
  assert.equal(done, 4);
});

test("a median of an even number lies between the two in the middle", () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([3, 1, 2]), 2);
});

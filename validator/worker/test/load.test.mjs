// The load of `load.mjs` in small, and made-up keys in large.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { SLACK, memory, scene, send } from "./load.mjs";

let stage;

before(async () => {
  stage = await scene();
});

after(() => stage?.stop());

test("2,000 requests at once get no wrong verdict, and take no memory that the first ones did not", async () => {
  const { edge, asks } = stage;
  const ask = (number) => asks[number % asks.length];
  assert.deepEqual(await send(edge, asks.length * 3, 64, ask), []);
  const taken = await memory(edge);
  assert.deepEqual(await send(edge, 2_000, 64, ask), []);
  assert.ok((await memory(edge)) - taken <= SLACK);
});

test("10,000 made-up kids cost one look at the store, and nothing is kept of them", async () => {
  const { edge, named, origin } = stage;
  const seen = origin.requests.length;
  assert.deepEqual(await send(edge, 200, 64, (number) => [named(number), "/api/x", "401 kid_unknown"]), []);
  const [taken, before, looks] = [await memory(edge), await edge.status(), (await edge.set({})).calls];
  assert.deepEqual(await send(edge, 10_000, 64, (number) => [named(number), "/api/x", "401 kid_unknown"]), []);
  const after = await edge.status();
  // The first ones have made it look; within the pause it does not look again, whoever asks.
  assert.ok((await edge.set({})).calls - looks <= 1);
  assert.ok((await memory(edge)) - taken <= SLACK);
  assert.equal(after.verdicts_kept, before.verdicts_kept);
  assert.deepEqual(Object.keys(after.counters.by_kid), Object.keys(before.counters.by_kid));
  assert.equal(origin.requests.length, seen);
});

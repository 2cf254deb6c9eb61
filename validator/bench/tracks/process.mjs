// Node, Deno and Bun: process.mjs PLAN. Reads a lap a line, { name, bits, count }, and answers { us }; the first line it
// writes describes what there is to measure.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { peers } from "./peers.mjs";
import { track } from "./track.mjs";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const parts = await peers(plan);
const { description, lap } = await track(JSON.parse(readFileSync(plan.material, "utf8")), parts, () => performance.now() * 1e3);
answer({ ...description, version: version() });
for await (const line of createInterface({ input: process.stdin })) {
  const { name, bits, count } = JSON.parse(line);
  answer({ us: await lap(name, bits, count) });
}

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function version() {
  const { bun, deno, node } = process.versions;
  return bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
}

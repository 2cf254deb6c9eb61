// node main.mjs PLAN COUNT SEED: the packed package and jose judge the same COUNT tokens by the same options: the validator, and
// the bridge for jose's users. A disagreement that the table does not explain fails.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { freshFolder } from "../fresh-folder.mjs";
import { cases } from "./cases.mjs";
import { Door, byError, byVerdict } from "./door.mjs";
import { jose, keystile } from "./judges.mjs";

const [file, count, seed] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(file, "utf8"));
const fresh = await freshFolder(plan);
try {
  process.exitCode = await compare(Number(count), Number(seed));
} finally {
  fresh.remove();
}

async function compare(count, seed) {
  const load = async (path) => import(pathToFileURL(join(fresh.path, "node_modules", path)));
  const theirs = jose(await load("jose/dist/webapi/index.js"));
  const doors = [
    new Door("validator", keystile(await load("@keystile/validator/node.mjs")), byVerdict),
    new Door("bridge", jose(await load("@keystile/validator/jose.mjs")), byError),
  ];
  let left = count;
  for (const drawn of cases(seed, plan.vectors)) {
    if (left-- === 0) break;
    const outcome = await theirs(drawn);
    for (const door of doors) await door.compare(drawn, outcome);
  }
  for (const door of doors) door.say(count, seed);
  const failed = doors.reduce((sum, door) => sum + door.failed(count), 0);
  console.log(`# pass ${doors.length * count - failed}\n# fail ${failed}`);
  return failed ? 1 : 0;
}

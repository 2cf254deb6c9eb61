// What the first tokens cost in a process of their own: ours, jose's and fast-jwt's processes take turns.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { standing } from "./race.mjs";

const run = promisify(execFile);
const FRESH = fileURLToPath(new URL("./tracks/fresh.mjs", import.meta.url));
const WHO = ["keystile", "jose", "fast-jwt"];
/** What a fresh process reports, each a race of its own. */
export const PHASES = ["import_us", "first_token_us", "first_100_us_each", "all_us"];

/** One race a phase. `plan.freshProcesses` says how many processes each of them starts. */
export async function freshProcesses(plan) {
  console.error("    fresh processes");
  const laps = Object.fromEntries(PHASES.map((phase) => [phase, new Map(WHO.map((who) => [who, []]))]));
  for (let round = 0; round < plan.freshProcesses; round += 1) {
    for (const who of WHO) {
      const { stdout } = await run(process.execPath, [FRESH, plan.file, who]);
      const times = JSON.parse(stdout);
      for (const phase of PHASES) laps[phase].get(who).push(times[phase]);
    }
  }
  return PHASES.map((phase) => ({ phase, rows: WHO.map((who) => ({ kind: "start-up", ...standing(who, laps[phase]) })) }));
}

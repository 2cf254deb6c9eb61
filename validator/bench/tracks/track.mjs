// The side of a runtime that runs the laps: in Node, Deno, Bun, a page and workerd alike.

import { contestants } from "../contestants.mjs";
import { lap, run } from "../race.mjs";

/** Prepares everybody for every size. Who cannot be prepared is absent, and why is said. */
export async function track({ policy, sizes }, parts, clock) {
  const { present, absent } = contestants(parts);
  const prepared = new Map();
  const ready = [];
  for (const { name, kind, prepare } of present) {
    try {
      for (const [bits, size] of Object.entries(sizes)) prepared.set(`${bits} ${name}`, await tried(prepare, size, policy));
      ready.push({ name, kind });
    } catch (error) {
      absent[name] = error?.message || String(error);
    }
  }
  return {
    description: { engine: parts.keystile?.engine?.() ?? null, present: ready, absent },
    lap: (name, bits, count) => lap(prepared.get(`${bits} ${name}`), count, clock),
    /** The same for who holds the watch elsewhere. */
    run: (name, bits, count) => run(prepared.get(`${bits} ${name}`), count),
  };
}

/** Judges every input once, so that a contestant that gets one wrong is absent rather than fast. */
async function tried(prepare, size, policy) {
  const contestant = await prepare(size, policy);
  for (const input of contestant.inputs) await contestant.job(input);
  return contestant;
}

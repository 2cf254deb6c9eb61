// The referee: node main.mjs PLAN. Opens one runtime after the other, races those it has to measure beside Node's own
// signature verification in this process, and prints one JSON document. `cargo xtask bench` writes the plan.

import nodeCrypto from "node:crypto";
import { readFileSync } from "node:fs";

import { race } from "./race.mjs";
import { openEnvoy } from "./runtimes/envoy.mjs";
import { openChromium, openFirefox } from "./runtimes/pages.mjs";
import { openProcess } from "./runtimes/process.mjs";
import { openWorkerd, slower } from "./runtimes/workerd.mjs";
import { freshProcesses } from "./start-up.mjs";
import { track } from "./tracks/track.mjs";

/** In every race, so that figures of different runtimes can be compared by it. */
const REFERENCE = "node:crypto.verify";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const material = JSON.parse(readFileSync(plan.material, "utf8"));
const reference = await track(material, { nodeCrypto }, () => performance.now() * 1e3);

const runtimes = [];
const skipped = [];
for (const runtime of plan.measured) {
  console.error(`    ${runtime.name}`);
  const outcome = await measured(runtime).catch(dropped(runtime.name));
  if (outcome) runtimes.push(outcome);
}
const startUp = plan.freshProcesses ? await freshProcesses(plan).catch(dropped("fresh processes", [])) : [];
console.log(JSON.stringify({ runtimes, skipped, start_up: startUp }));

/** One failure is not to cost the figures of the others. */
function dropped(name, instead) {
  return (error) => {
    skipped.push({ name, reason: error?.message || String(error) });
    return instead;
  };
}

async function measured({ name, kind, program }) {
  const opened = await open(kind, program);
  try {
    const { version, engine, absent } = opened;
    const races = {};
    for (const bits of Object.keys(material.sizes)) races[bits] = await raceOf(opened, kind, bits);
    return { name, version, engine, absent, races };
  } finally {
    await opened.close();
  }
}

function open(kind, program) {
  switch (kind) {
    case "chromium":
      return openChromium(plan, program[0]);
    case "firefox":
      return openFirefox(plan, program[0]);
    case "workerd":
      return openWorkerd(plan);
    case "envoy":
      return openEnvoy(plan, program);
    default:
      return openProcess(program);
  }
}

async function raceOf({ present, lap }, kind, bits) {
  const runners = [
    ...present.map(({ name }) => ({ name, lap: (count) => lap(name, bits, count) })),
    { name: "reference", lap: (count) => reference.lap(REFERENCE, bits, count) },
  ];
  const rows = await race(runners, ["workerd", "envoy"].includes(kind) ? slower(plan) : { ...plan, firstCount: 4 }, Math.random);
  const kinds = Object.fromEntries(present.map(({ name, kind }) => [name, kind]));
  return rows.map((row) => ({ kind: kinds[row.name] ?? "signature", ...row }));
}

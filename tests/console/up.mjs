// `cargo xtask up` on free ports and a folder of its own, for the tests of the console.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Starts everything and resolves with what it printed when all was ready, and `stop`. */
export async function startUp() {
  const data = await mkdtemp(join(tmpdir(), "keystile-console-"));
  const handedOver = await mkdtemp(join(tmpdir(), "keystile-handed-over-"));
  const env = { ...process.env, KEYSTILE__HAND_OFF__FOLDER: handedOver };
  const flags = ["up", "--json", "--no-build", "--port", "0", "--admin-port", "0", "--data", data];
  const child = spawn(process.env.KEYSTILE_TEST_XTASK, flags, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const printed = await Promise.race([line, ended.then((code) => Promise.reject(new Error(`up ended with ${code}`)))]);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    for (const folder of [data, handedOver]) await rm(folder, { recursive: true, force: true });
  };
  return { ...JSON.parse(printed), stop };
}

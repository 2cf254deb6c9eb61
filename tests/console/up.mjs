// `cargo xtask up` on free ports and a folder of its own, for the tests of the console; and an admin server alone.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
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

/** An admin server alone, configured by these variables. Resolves once it answers, with its address, an administrator's token, its data folder, and `stop`. */
export async function startServer(variables) {
  const data = await mkdtemp(join(tmpdir(), "keystile-server-"));
  const port = await freePort();
  const env = { ...process.env, KEYSTILE__DATA: data, KEYSTILE__LISTEN: `127.0.0.1:${port}`, ...variables };
  const keystile = join(process.env.CARGO_TARGET_DIR, "debug", "keystile");
  const { admin_token: token } = JSON.parse(execFileSync(keystile, ["init", "--json"], { env }));
  const child = spawn(keystile, ["serve"], { env, stdio: "ignore" });
  const ended = once(child, "exit");
  const address = `http://localhost:${port}/`;
  while (child.exitCode === null && !(await fetch(`${address}healthz`).catch(() => null))?.ok) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  return { address, token, data, stop };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

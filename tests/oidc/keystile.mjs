// The real server on a folder of its own, with an identity provider in its settings.

import { execFile, execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const program = join(dirname(process.env.KEYSTILE_TEST_XTASK), "keystile");

export const CLIENT_ID = "keystile console";
/** Everything in it has to be encoded somewhere on its way. */
export const CLIENT_SECRET = "s:e/c+r%e t-of-the-client-that-is-long-enough";

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server that knows this issuer, and resolves once it is ready. @param {string} issuer @param {number} port */
export async function startKeystile(issuer, port) {
  const folder = mkdtempSync(join(tmpdir(), "keystile-oidc-"));
  const [url, log] = [`http://127.0.0.1:${port}`, join(folder, "server.log")];
  const env = {
    ...process.env,
    KEYSTILE__DATA: join(folder, "data"),
    KEYSTILE__LISTEN: `127.0.0.1:${port}`,
    KEYSTILE__PUBLIC_URL: url,
    // The tests say where each visitor comes from, so that one is not slowed down for another.
    KEYSTILE__PROXY__TRUSTED: "127.0.0.1",
    KEYSTILE__OUTBOUND__ALLOWED_HOSTS: "localhost, 127.0.0.1",
    KEYSTILE__OIDC__ISSUER: issuer,
    KEYSTILE__OIDC__CLIENT_ID: CLIENT_ID,
    KEYSTILE__OIDC__CLIENT_SECRET: CLIENT_SECRET,
    KEYSTILE__OIDC__NAME: "Example Inc.",
    KEYSTILE__OIDC__OPERATORS: "key-people",
    KEYSTILE__OIDC__VIEWERS: '["everybody","guests"]',
  };
  const run = (...words) => JSON.parse(execFileSync(program, ["--json", ...words], { env, encoding: "utf8" }));
  const first = run("init");
  const out = openSync(log, "a");
  const child = spawn(program, ["serve"], { env, stdio: ["ignore", out, out] });
  closeSync(out);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let attempt = 0; !(await fetch(`${url}/readyz`).catch(() => null))?.ok; attempt += 1) {
    if (attempt > 600 || child.exitCode !== null) throw new Error(`the server does not start: ${readFileSync(log, "utf8")}`);
    await sleep(100);
  }
  const headers = { authorization: `Bearer ${first.admin_token}` };
  return {
    url,
    run,
    stop,
    token: first.admin_token,
    /** What `keystile doctor` says of the provider. */
    async examined() {
      // It ends with 1 where there is a problem, and says all the same what it has found.
      const { stdout } = await promisify(execFile)(program, ["--json", "doctor"], { env }).catch((ended) => ended);
      return JSON.parse(stdout).findings.find(({ check }) => check === "sign-in");
    },
    log: () => readFileSync(log, "utf8"),
    get: async (path) => (await fetch(`${url}${path}`, { headers })).json(),
    post: async (path, body = {}) =>
      fetch(`${url}${path}`, { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) }),
  };
}

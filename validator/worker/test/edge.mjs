// Runs the built worker in real workerd, between an origin and an admin server that this file plays.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Signer } from "./signer.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const NAMESPACE = "keystile-keysets-local";

export const ISSUER = "https://issuer.example";
export const AUDIENCE = "api.example";

export const seconds = () => Math.floor(Date.now() / 1000);

/** An HTTP server on a free port that remembers what it was asked. `answer` may take over. */
export async function startServer(answer = () => false) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(seen);
    if (answer(seen, response)) return;
    response.setHeader("content-type", "application/json").end(JSON.stringify(seen));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { server, requests, stop, url: `http://127.0.0.1:${server.address().port}` };
}

/** The worker with `variables`; one given as `undefined` is left out. Stop it with `stop`. */
export async function startEdge(variables) {
  const state = await mkdtemp(join(tmpdir(), "keystile-edge-"));
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  const command = ["dev", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0", "--persist-to", state];
  const wrangler = spawn("wrangler", [...command, ...given.flatMap(([name, value]) => ["--var", `${name}:${value}`])], {
    cwd: ROOT,
    // Its own group, so that workerd ends with it.
    detached: true,
    env: { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false", X_LOCAL_EXPLORER: "true" },
  });
  const url = await readyUrl(wrangler);
  const value = (key) => `${url}/cdn-cgi/explorer/api/storage/kv/namespaces/${NAMESPACE}/values/${encodeURIComponent(key)}`;
  return {
    url,
    fetch: (path, init) => fetch(url + path, { redirect: "manual", ...init }),
    withToken: (token, path = "/", init = {}) =>
      fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
    status: async () => (await fetch(`${url}/.well-known/keystile`)).json(),
    publish: (document, key = "keyset/main") => fetch(value(key), { method: "PUT", body: document }),
    withdraw: (key = "keyset/main") => fetch(value(key), { method: "DELETE" }),
    stop: async () => {
      if (wrangler.exitCode === null) {
        const ended = new Promise((resolve) => wrangler.once("exit", resolve));
        process.kill(-wrangler.pid, "SIGKILL");
        await ended;
      }
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** Resolves with the address that wrangler prints once it is ready. */
function readyUrl(wrangler) {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk) => {
      output += chunk;
      const ready = output.match(/Ready on (http:\/\/127\.0\.0\.1:\d+)/);
      if (ready) resolve(ready[1]);
    };
    wrangler.stdout.on("data", read);
    wrangler.stderr.on("data", read);
    wrangler.once("error", reject);
    wrangler.once("exit", (code) => reject(new Error(`wrangler ended with ${code}:\n${output}`)));
  });
}

/** An issuer with a root and two token keys, and the variables of a worker that trusts it. */
export function newIssuer() {
  const [root, key, nextKey] = [new Signer(), new Signer(), new Signer()];
  return {
    root,
    key,
    nextKey,
    variables: { ISSUER, AUDIENCE, ROOT_KEYS: JSON.stringify({ keys: [root.jwk] }) },
    /** A key set that is read again every second, so that a test need not wait long. */
    keySet: (keys, document) =>
      root.keySet(keys, { iss: ISSUER, iat: seconds(), exp: seconds() + 3600, refresh: 1, ...document }),
    claims: (changes) => ({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: "ada",
      iat: seconds(),
      exp: seconds() + 600,
      ...changes,
    }),
  };
}

/** Asks until `check` is satisfied by the worker's status, and fails with the last one if it never is. */
export async function until(edge, check) {
  let status;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    status = await edge.status();
    if (check(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the worker stays at ${JSON.stringify(status)}`);
}

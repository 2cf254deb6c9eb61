// Mixed good and bad tokens through the worker in real workerd, and whether any verdict is wrong or memory grows.
//
// cargo xtask soak edge, or: node validator/worker/test/load.mjs [REQUESTS] [CONCURRENCY]

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { Agent, request } from "node:http";
import { pathToFileURL } from "node:url";

import { newIssuer, seconds, startServer } from "./edge.mjs";
import { startIsolates } from "./isolates.mjs";
import { Signer } from "./signer.mjs";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A worker with a key set that revokes, and everything that is asked of it: `[token, path, what must come of it]`. */
export async function scene() {
  const issuer = newIssuer();
  const { key, nextKey, claims } = issuer;
  const origin = await startServer();
  const policy = {
    format: 1,
    providers: {
      main: {
        issuer: claims().iss,
        audience: claims().aud,
        keys: { signed: { at: "kv:keyset/main", roots: { keys: [issuer.root.jwk] } } },
        headers: { "x-number": "number" },
      },
    },
    routes: [
      { id: "admin", path: "/admin/**", require: { provider: "main", roles: ["admin"] } },
      { id: "open", path: "/open", require: "none" },
      { id: "rest", path: "/api/**", require: { provider: "main" } },
    ],
  };
  const runtime = await startIsolates(1, { POLICY: JSON.stringify(policy), ORIGIN: origin.url }, { channel: false });
  const [edge] = runtime.isolates;
  await edge.publish(issuer.keySet([key, nextKey], { version: 1, refresh: 3600, revoked: { jti: ["gone"], sid: [] } }));
  const stranger = new Signer();
  const good = Array.from({ length: 300 }, (_, number) => (number % 3 ? key : nextKey).token(claims({ number })));
  const [header, payload, signature] = good[0].split(".");
  const asks = [
    ...good.map((token, number) => [token, "/api/x", `200 ${number}`]),
    ...Array.from({ length: 40 }, (_, number) => [key.token(claims({ number, roles: ["admin"] })), "/admin/x", `200 ${number}`]),
    ...good.slice(0, 40).map((token) => [token, "/admin/x", "403 insufficient_scope"]),
    ...good.slice(0, 20).map((token) => [token, "/elsewhere", "403 no_route"]),
    [undefined, "/open", "200 undefined"],
    [undefined, "/api/x", "401 token_absent"],
    ...Array.from({ length: 30 }, (_, n) => [key.token(claims({ exp: seconds() - 60 - n })), "/api/x", "401 token_expired"]),
    ...Array.from({ length: 30 }, (_, n) => [key.token(claims({ n, aud: "other" })), "/api/x", "401 audience_mismatch"]),
    ...Array.from({ length: 30 }, (_, n) => [stranger.token(claims({ n }), { kid: key.kid }), "/api/x", "401 signature_invalid"]),
    ...Array.from({ length: 30 }, (_, n) => [key.token(claims({ n, jti: "gone" })), "/api/x", "401 token_revoked"]),
    [`${header}.${encode({ ...claims(), number: 7 })}.${signature}`, "/api/x", "401 signature_invalid"],
    [`${encode({ alg: "none" })}.${payload}.`, "/api/x", "401 alg_not_allowed"],
    ["a".repeat(65_000), "/api/x", "401 token_too_large"],
    ["x", "/api/x", "401 token_malformed"],
  ];
  const named = (number) => `${encode({ alg: "RS256", kid: `made-up-${number}-${Math.random()}` })}.${payload}.${signature}`;
  const stop = async () => {
    await runtime.stop();
    await origin.stop();
  };
  return { edge, asks, named, stop, origin };
}

/** Sends `total` requests, `concurrency` at a time, and returns those whose answer is not what it must be. */
export async function send(edge, total, concurrency, ask) {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const wrong = [];
  let next = 0;
  const work = async () => {
    while (next < total) {
      const [token, path, expected] = ask(next++);
      const got = await outcome(edge.url + path, token, agent);
      if (got !== expected) wrong.push({ expected, got });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  agent.destroy();
  return wrong;
}

/** The status, and the code of a refusal, or the claim that the origin was told. */
function outcome(url, token, agent) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const body = JSON.parse(Buffer.concat(chunks).toString());
        resolve(`${response.statusCode} ${response.statusCode === 200 ? body.headers["x-number"] : body.code}`);
      });
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** By so much an isolate may grow that has been warm: a few requests at once more than before. */
export const SLACK = 256 * 1024;

/** The bytes of WASM memory that the isolate has taken; they are never given back. */
export const memory = async (edge) => (await edge.status()).memory_bytes;

async function main(total, concurrency) {
  const { edge, asks, stop, origin } = await scene();
  const ask = (number) => asks[number % asks.length];
  await send(edge, asks.length * 4, concurrency, ask);
  origin.requests.length = 0;
  const [before, began] = [await memory(edge), Date.now()];
  const wrong = await send(edge, total, concurrency, (number) => {
    if (number % 1000 === 0) origin.requests.length = 0;
    return ask(number);
  });
  const [after, secs] = [await memory(edge), (Date.now() - began) / 1000];
  console.log(`${total} requests of ${asks.length} kinds at concurrency ${concurrency} in ${secs.toFixed(1)} s`);
  console.log(`wrong verdicts: ${wrong.length}; WASM memory: ${before} bytes before, ${after} after; workerd: ${resident()} MiB`);
  await stop();
  assert.deepEqual(wrong, []);
  assert.ok(after - before <= SLACK, "memory grew");
}

/** The resident memory of the runtimes that this process started, in MiB; Linux tells. */
function resident() {
  try {
    const stat = (pid) => readFileSync(`/proc/${pid}/status`, "utf8");
    const ours = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && stat(pid).includes(`PPid:\t${process.pid}\n`));
    return ours.map((pid) => Math.round(Number(stat(pid).match(/VmRSS:\s+(\d+)/)?.[1] ?? 0) / 1024)).join(" + ");
  } catch {
    return "?";
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(Number(process.argv[2] ?? 20_000), Number(process.argv[3] ?? 64));
}

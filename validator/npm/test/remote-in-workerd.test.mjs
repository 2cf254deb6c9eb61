// A remote key set in real workerd, where one request cannot wait for what another has begun, and what a request has begun
// ends with it.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { configure, serveWorkerd } from "../../bench/runtimes/workerd.mjs";
import { json, publish } from "./publisher.mjs";
import { makeKey, makeToken } from "./signing.mjs";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
// Where npm has installed it.
const npm = join(dirname(createRequire(import.meta.url).resolve("workerd/package.json")), "../..");
const [first, second] = [makeKey("k1"), makeKey("k2")];
const exp = Math.floor(Date.now() / 1000) + 3600;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const WORKER = `
  import { Validator } from "./workerd.mjs";
  import { remoteKeySet } from "./remote.mjs";
  let keys, validator;
  export default {
    async fetch(request) {
      const { url, token, waits } = await request.json();
      keys ??= remoteKeySet(url, { cooldown: 1, timeout: 1 });
      validator ??= new Validator(keys, { issuer: null, audience: null });
      const verdict = waits ? await validator.checkAsync(token) : validator.check(token);
      const { failures, isReading } = keys.state();
      return Response.json({ code: verdict.code ?? "ok", failures, isReading });
    },
  };
`;

/** Starts the worker; returns what asks it about a token. */
async function start(context, publisher) {
  const folder = mkdtempSync(join(tmpdir(), "keystile-"));
  context.after(() => rmSync(folder, { recursive: true }));
  cpSync(dist, folder, { recursive: true });
  writeFileSync(join(folder, "worker.mjs"), WORKER);
  const modules = ["", "relaxed/"].flatMap((within) => readdirSync(join(dist, within)).map((name) => within + name));
  const names = ["worker.mjs", ...modules.filter((name) => /\.(mjs|js|wasm)$/.test(name))];
  const { child, url } = await serveWorkerd({ npm }, configure(folder, names));
  context.after(() => child.kill("SIGKILL"));
  return async (token, waits = true) => (await fetch(url, { method: "POST", body: JSON.stringify({ url: publisher.url, token, waits }) })).json();
}

test("is read once, however many requests need it, and each of them gets it", async (context) => {
  const slowly = (answer) => (request, response) => setTimeout(() => answer(request, response), 200);
  const publisher = await publish(context, slowly(json({ keys: [first.jwk] })));
  const ask = await start(context, publisher);
  const verdicts = await Promise.all(Array.from({ length: 10 }, () => ask(makeToken(first, { exp }))));
  assert.deepEqual([...new Set(verdicts.map(({ code }) => code))], ["ok"]);
  assert.equal(publisher.requests.length, 1);

  publisher.answer = slowly(json({ keys: [first.jwk, second.jwk] }));
  await pause(1_100);
  const more = await Promise.all(Array.from({ length: 10 }, () => ask(makeToken(second, { exp }))));
  assert.deepEqual([...new Set(more.map(({ code }) => code))], ["ok"]);
  assert.equal(publisher.requests.length, 2);
});

test("is read by another request when the one that reads it has ended", async (context) => {
  const publisher = await publish(context, () => {});
  const ask = await start(context, publisher);
  assert.equal((await ask(makeToken(first, { exp }), false)).code, "key_set_unavailable");
  publisher.answer = json({ keys: [first.jwk] });
  assert.deepEqual(await ask(makeToken(first, { exp })), { code: "ok", failures: 0, isReading: false });
});

test("is read again after a reading that ended unseen, also where nobody waits", async (context) => {
  const ask = await start(context, await publish(context, () => {}));
  assert.equal((await ask(makeToken(first, { exp }), false)).isReading, true);
  await pause(2_100);
  assert.equal((await ask(makeToken(first, { exp }), false)).isReading, true);
});

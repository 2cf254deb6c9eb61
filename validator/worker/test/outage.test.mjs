// The store and the admin server gone for as long as on 2025-06-12, 2 hours and 28 minutes, by a clock that is moved.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newIssuer, seconds, startServer } from "./edge.mjs";
import { startIsolates } from "./isolates.mjs";

const MINUTE = 60_000;
const OUTAGE = 148 * MINUTE;
const DAY = 24 * 3600;

const issuer = newIssuer();
const { key, nextKey, claims } = issuer;
const keySet = (keys, version, exp = DAY) => issuer.keySet(keys, { version, refresh: 5, exp: seconds() + exp });
const good = key.token(claims({ exp: seconds() + DAY }));
const code = async (response) => (response.status === 200 ? "accepted" : (await response.json()).code);

let origin;
let admin;
let runtime;
let old;
let young;
/** Whether the admin server answers, and the set that it has. */
let server = { answers: true, keySet: undefined };
let offset = 0;

before(async () => {
  origin = await startServer();
  admin = await startServer(({ method }, response) => {
    if (!server.answers) return Boolean(response.destroy());
    if (method === "POST") return Boolean(response.writeHead(204).end());
    return Boolean(server.keySet ? response.end(server.keySet) : response.writeHead(404).end());
  });
  const variables = { ...issuer.variables, ORIGIN: origin.url, ADMIN_URL: admin.url, EDGE_TOKEN: "ks_x", LAST_GOOD: keySet([key], 1) };
  runtime = await startIsolates(2, variables, { channel: false });
  [old, young] = runtime.isolates;
  await Promise.all([old, young].map((edge) => edge.publish(keySet([key], 1))));
  assert.equal(await code(await old.withToken(good)), "accepted");
});

after(async () => {
  await runtime?.stop();
  await admin?.stop();
  await origin?.stop();
});

/** Lets the outage pass, a request every minute, and says which verdicts there were. */
async function pass(edge, down, token) {
  const seen = new Set();
  for (const end = offset + OUTAGE; offset < end; offset += MINUTE) {
    await edge.set({ offset, down });
    seen.add(await code(await edge.withToken(token)));
    seen.add(await code(await edge.withToken(`${token}x`)));
  }
  return [...seen].sort();
}

for (const [what, down, answers] of [
  ["the store", ["KEYSETS"], true],
  ["the admin server", [], false],
  ["both", ["KEYSETS"], false],
]) {
  test(`while ${what} is gone for 2 h 28 min, no good token is refused and no bad one accepted`, async () => {
    server.answers = answers;
    const verdicts = await pass(old, down, good);
    assert.deepEqual(verdicts, ["accepted", "base64url_invalid"]);
    const { standing, version } = await old.status();
    assert.deepEqual([standing, version], [down.length > 0 ? "last_good" : "confirmed", 1]);
  });
}

test("an isolate that starts in the outage begins with the bundled set, and says so", async () => {
  await young.set({ offset, down: ["KEYSETS"] });
  assert.equal(await code(await young.withToken(good)), "accepted");
  const { standing, key_set_age_seconds: age } = await young.status();
  assert.deepEqual([standing, age], ["bundled", null]);
});

test("afterwards the next set is taken, wherever it comes from", async () => {
  const token = nextKey.token(claims({ exp: seconds() + DAY }));
  server = { answers: true, keySet: keySet([nextKey, key], 2) };
  // The store is still gone: the admin server, as the second source, knows the key.
  offset += MINUTE;
  await old.set({ offset, down: ["KEYSETS"] });
  assert.equal(await code(await old.withToken(token)), "accepted");
  await old.publish(keySet([nextKey], 3));
  offset += MINUTE;
  await old.set({ offset, down: [] });
  assert.equal(await code(await old.withToken(good)), "kid_unknown");
  assert.deepEqual([(await old.status()).standing, (await old.status()).version], ["confirmed", 3]);
});

test("what nobody has confirmed for too long ends with its document", async () => {
  server.answers = false;
  await young.set({ offset: DAY * 1000 + MINUTE, down: ["KEYSETS"] });
  assert.equal(await code(await young.withToken(good)), "key_set_expired");
  assert.equal((await young.status()).standing, "ended");
});

test("one whose set has ended asks the admin server while the store is gone", async () => {
  const exp = DAY * 3;
  server = { answers: true, keySet: keySet([key], 4, exp) };
  await young.set({ offset: DAY * 1000 + 2 * MINUTE, down: ["KEYSETS"] });
  const token = key.token(claims({ exp: seconds() + exp }));
  assert.equal(await code(await young.withToken(token)), "accepted");
});

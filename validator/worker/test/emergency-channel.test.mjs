// The emergency channel, in real workerd: a change is known within 10 seconds, whatever the store shows.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newIssuer, seconds, startServer } from "./edge.mjs";
import { startIsolates } from "./isolates.mjs";

const issuer = newIssuer();
const { key, nextKey, claims } = issuer;
// So slowly that the store's own rhythm has no part in what is measured.
const keySet = (keys, document) => issuer.keySet(keys, { refresh: 3600, ...document });
const revoked = () => ({ history: [{ kid: key.kid, status: "revoked", at: seconds(), reason: "a drill" }] });
const code = async (response) => (response.status === 200 ? "accepted" : (await response.json()).code);

let origin;
let runtime;
let near;
let far;

before(async () => {
  origin = await startServer();
  runtime = await startIsolates(2, { ...issuer.variables, ORIGIN: origin.url });
  [near, far] = runtime.isolates;
  await Promise.all([near, far].map((edge) => edge.publish(keySet([key], { version: 1 }))));
});

after(async () => {
  await runtime?.stop();
  await origin?.stop();
});

test("a set that is brought to one isolate is known to every one within 10 seconds", { timeout: 30_000 }, async (test) => {
  const token = key.token(claims());
  assert.deepEqual([await code(await near.withToken(token)), await code(await far.withToken(token))], ["accepted", "accepted"]);
  const brought = Date.now();
  assert.equal((await near.deliver(keySet([nextKey], { version: 2, ...revoked() }))).status, 204);
  assert.equal(await code(await near.withToken(token)), "key_revoked");
  // Requests go on all the time, so that the channel is read in the background.
  while ((await code(await far.withToken(token))) === "accepted") {
    assert.ok(Date.now() - brought < 10_000, "it is not known yet");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  test.diagnostic(`known after ${Date.now() - brought} ms`);
  assert.equal((await far.status()).version, 2);
  assert.equal(await code(await far.withToken(nextKey.token(claims()))), "accepted");
});

test("an isolate that was not visited for long looks before it judges", async () => {
  await near.deliver(keySet([key, nextKey].slice(1), { version: 3, revoked: { jti: ["j1"] }, ...revoked() }));
  await far.set({ offset: 60_000 });
  assert.equal(await code(await far.withToken(nextKey.token(claims({ jti: "j1" })))), "token_revoked");
});

test("nothing is taken that is not genuine, of this issuer, and as new as what is there", async () => {
  const stranger = newIssuer();
  for (const [document, expected] of [
    ["no document", "document_malformed"],
    [stranger.keySet([stranger.key], { version: 9 }), "document_root_unknown"],
    [keySet([nextKey], { version: 9, iss: "https://other.example" }), "document_issuer_mismatch"],
    [keySet([nextKey], { version: 9, exp: seconds() - 1 }), "document_expired"],
    [keySet([nextKey], { version: 2 }), "document_version_rollback"],
    [keySet([key], { version: 9 }), "revoked_key_in_set"],
  ]) {
    const response = await near.deliver(document);
    assert.deepEqual([response.status, (await response.json()).code], [422, expected]);
  }
  assert.equal((await near.deliver("x".repeat(300_000))).status, 413);
  // Another issuer's door is not a door, and asks for a token as everything does.
  assert.equal(await code(await near.deliver("x", "other")), "token_absent");
  assert.equal((await near.status()).version, 3);
});

test("the store may be gone: what the channel has is enough", async () => {
  await far.set({ offset: 120_000, down: ["KEYSETS"] });
  await near.deliver(keySet([nextKey], { version: 4, epochs: { all: seconds() + 3600 }, ...revoked() }));
  assert.equal(await code(await far.withToken(nextKey.token(claims()))), "issued_before_epoch");
  await far.set({ offset: 120_000, down: [] });
});

test("the channel may be missing: the store is enough, and nobody can bring anything", async () => {
  const without = await startIsolates(1, { ...issuer.variables, ORIGIN: origin.url }, { channel: false });
  try {
    const [edge] = without.isolates;
    await edge.publish(issuer.keySet([key], { version: 1 }));
    assert.equal(await code(await edge.withToken(key.token(claims()))), "accepted");
    assert.equal(await code(await edge.deliver(keySet([nextKey], { version: 2 }))), "token_absent");
    assert.equal((await edge.status()).emergency_channel, undefined);
  } finally {
    await without.stop();
  }
});

// A policy that lies in the store, signed as a key set is.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newIssuer, seconds, startServer } from "./edge.mjs";
import { startIsolates } from "./isolates.mjs";
import { Signer } from "./signer.mjs";

const issuer = newIssuer();
const { key, claims, root } = issuer;
const code = async (response) => (response.status === 200 ? "accepted" : (await response.json()).code);

/** A policy under which `/open` needs what `open` says, and everything below `/api` a token. */
const policy = (open) => JSON.stringify({
  format: 1,
  providers: {
    main: {
      issuer: claims().iss,
      audience: claims().aud,
      keys: { signed: { at: "kv:keyset/main", roots: { keys: [root.jwk] } } },
    },
  },
  routes: [
    { id: "open", path: "/open", require: open },
    { id: "api", path: "/api/**", require: { provider: "main" } },
  ],
});
const signed = (signer, version, text, said = {}, header = {}) =>
  signer.jws({ typ: "keystile-policy+jwt", ...header }, { format: 1, iss: claims().iss, iat: seconds(), version, policy: text, ...said });

let origin;
let runtime;
let edge;
let offset = 0;

before(async () => {
  origin = await startServer();
  const { ISSUER, ROOT_KEYS } = issuer.variables;
  const variables = { ISSUER, ROOT_KEYS, POLICY: "kv:policy/main", ORIGIN: origin.url };
  runtime = await startIsolates(1, variables, { channel: false });
  [edge] = runtime.isolates;
  await edge.publish(issuer.keySet([key], { version: 1, refresh: 3600 }));
});

after(async () => {
  await runtime?.stop();
  await origin?.stop();
});

/** Publishes a document as the policy, and lets so much time pass that it is read. */
async function publish(document) {
  await edge.publish(document, "policy/main");
  offset += 11_000;
  await edge.set({ offset });
}

test("without a policy everything is refused, and the answer says why", async () => {
  const problem = await (await edge.fetch("/open")).json();
  assert.deepEqual([problem.status, problem.code], [503, "gateway_misconfigured"]);
  assert.match(problem.detail, /there is no policy that can be used: it is not in the store; publish it/);
});

test("a signed policy decides, and a newer one takes its place with what was counted", async () => {
  await publish(signed(root, 1, policy("none")));
  assert.deepEqual([await code(await edge.fetch("/open")), await code(await edge.fetch("/api/x"))], ["accepted", "token_absent"]);
  const before = await edge.status();
  await publish(signed(root, 2, policy({ provider: "main" })));
  assert.equal(await code(await edge.fetch("/open")), "token_absent");
  assert.equal(await code(await edge.withToken(key.token(claims()), "/open")), "accepted");
  const after = await edge.status();
  assert.deepEqual([before.policy_version, after.policy_version, after.instance], [1, 2, before.instance]);
  assert.equal(after.counters.by_route.open.passed, before.counters.by_route.open.passed + 1);
  assert.equal(after.refreshed_at, before.refreshed_at, "the key set goes on");
});

test("what is not genuine, not newer or not a policy changes nothing", async () => {
  const delegate = new Signer();
  for (const [what, document] of [
    ["an older one", signed(root, 1, policy("none"))],
    ["another of the same version", signed(root, 2, policy("none"))],
    ["one that a stranger signed", signed(new Signer(), 3, policy("none"))],
    ["one that a key of tokens signed", signed(key, 3, policy("none"))],
    ["one under a delegation that no root signed", signed(delegate, 3, policy("none"), {}, { delegation: delegate.jws({}, {}) })],
    ["one for another issuer", signed(root, 3, policy("none"), { iss: "https://other.example" })],
    ["one of tomorrow", signed(root, 3, policy("none"), { iat: seconds() + 86_400 })],
    ["one that counts beyond its second", signed(root, seconds() + 1000, policy("none"))],
    ["a key set", root.keySet([key], { iss: claims().iss, iat: seconds(), version: 3, policy: policy("none") })],
    ["a policy that nobody signed", policy("none")],
    ["nothing", ""],
    ["one that cannot be meant", signed(root, 3, policy("nobody"))],
    ["one with keys in a file", signed(root, 3, policy("none").replace("kv:keyset/main", "file:keys"))],
  ]) {
    await publish(document);
    assert.equal(await code(await edge.fetch("/open")), "token_absent", what);
    assert.equal((await edge.status()).policy_version, 2, what);
  }
});

test("the last good policy goes on while the store is gone", async () => {
  offset += 3_600_000;
  await edge.set({ offset, down: ["KEYSETS"] });
  assert.equal(await code(await edge.fetch("/open")), "token_absent");
  await edge.set({ offset, down: [] });
});

test("a key that a root delegates to may sign policies, until the delegation ends", async () => {
  const setSigner = new Signer();
  const delegation = (exp) => root.jws(
    { typ: "keystile-delegation+jwt" },
    { iss: claims().iss, nbf: seconds() - 60, exp, generation: 1, key: setSigner.jwk },
  );
  const now = Math.floor((Date.now() + offset) / 1000);
  await publish(signed(setSigner, 3, policy("none"), {}, { delegation: delegation(now - 1) }));
  assert.equal((await edge.status()).policy_version, 2);
  await publish(signed(setSigner, 3, policy("none"), {}, { delegation: delegation(now + 3600) }));
  assert.equal((await edge.status()).policy_version, 3);
});

// What the worker tells those who run it: reports by route, points of Analytics Engine, lines in the log.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";

import { newIssuer, startServer } from "./edge.mjs";
import { startIsolates } from "./isolates.mjs";

const issuer = newIssuer();
const { key, claims } = issuer;
const policy = (log) => JSON.stringify({
  format: 1,
  log,
  providers: {
    main: {
      issuer: claims().iss,
      audience: claims().aud,
      keys: { signed: { at: "kv:keyset/main", roots: { keys: [issuer.root.jwk] } } },
    },
  },
  routes: [
    { id: "trial", path: "/trial", require: { provider: "main" }, action: "shadow" },
    { id: "api", path: "/api", require: { provider: "main" } },
  ],
});

let origin;
let admin;
let runtime;
let edge;

before(async () => {
  origin = await startServer();
  admin = await startServer((_, response) => Boolean(response.writeHead(204).end()));
  const server = { ADMIN_URL: admin.url, EDGE_TOKEN: "ks_x", REGION: "test-1" };
  const variables = { ORIGIN: origin.url, ...server, POLICY: policy({ passed: true, claims: ["sub", "/org/tier"] }) };
  runtime = await startIsolates(1, variables, { analytics: true });
  [edge] = runtime.isolates;
  await edge.publish(issuer.keySet([key], { version: 3 }));
});

after(async () => {
  await runtime?.stop();
  await admin?.stop();
  await origin?.stop();
});

test("every request is a point, with route, reason, key, region and version", async () => {
  const token = key.token(claims({ org: { tier: 2 } }));
  await edge.withToken(token, "/api");
  await edge.withToken("x", "/api");
  await edge.withToken("x", "/trial");
  await edge.withToken(token, "/elsewhere");
  const { points } = await edge.set({});
  assert.deepEqual(points.map(({ indexes, blobs, doubles }) => [indexes, ...blobs, ...doubles]), [
    [["api"], "passed", "", "api", key.kid, "test-1", "3", 1],
    [["api"], "refused", "token_malformed", "api", "", "test-1", "3", 1],
    [["trial"], "shadowed", "token_malformed", "trial", "", "test-1", "3", 1],
    [[""], "refused", "no_route", "", "", "test-1", "3", 1],
  ]);
});

test("a report says the same in sums, and what became of each route", async () => {
  for (const refused of [key, issuer.root]) await edge.withToken(refused.token(claims({ exp: 1 })), "/api");
  await edge.set({ offset: 11_000 });
  await edge.withToken(key.token(claims()), "/api");
  for (let attempt = 0; admin.requests.length < 2 && attempt < 100; attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { region, version, counters } = JSON.parse(admin.requests.at(-1).body);
  assert.deepEqual([region, version], ["test-1", 3]);
  assert.deepEqual(counters.by_route, {
    api: { passed: 2, refused: 3, shadowed: 0 },
    trial: { passed: 1, refused: 0, shadowed: 1 },
  });
  assert.deepEqual(counters.refused, { kid_unknown: 1, no_route: 1, token_expired: 1, token_malformed: 1 });
  assert.deepEqual(counters.shadowed, { token_malformed: 1 });
  assert.deepEqual(counters.by_kid, { [key.kid]: 2 });
  assert.deepEqual(counters.refused_by_kid, { [key.kid]: { token_expired: 1 } });
});

test("a server that hangs holds nobody up", { timeout: 10_000 }, async () => {
  const hanging = await startServer(() => true);
  const variables = { ORIGIN: origin.url, ADMIN_URL: hanging.url, EDGE_TOKEN: "ks_x", POLICY: policy({}) };
  const held = await startIsolates(1, variables);
  try {
    await held.isolates[0].publish(issuer.keySet([key], { version: 3 }));
    for (let time = 0; time < 5; time += 1) {
      assert.equal((await held.isolates[0].withToken(key.token(claims()), "/api")).status, 200);
    }
    assert.equal(hanging.requests.length, 1, "one report is under way, and no other is sent meanwhile");
  } finally {
    await held.stop();
    await hanging.stop();
  }
});

test("a log line has the claims that the policy names, and never a token", async () => {
  const token = key.token(claims({ org: { tier: 2 }, mail: "ada@example.com" }));
  runtime.takeLog();
  await edge.withToken(token, "/api");
  await edge.withToken(key.token(claims({ sub: "mallory", exp: 1 })), "/api");
  const lines = await runtime.logged(2);
  const [passed, refused] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([passed.event, passed.claims], ["passed", [{ "/org/tier": 2, sub: "ada" }]]);
  assert.deepEqual([refused.event, refused.code, refused.claims], ["refused", "token_expired", []]);
  assert.equal(refused.key_sets[0].standing, "confirmed");
  const text = lines.join("\n");
  for (const secret of ["eyJ", "example.com", "mallory"]) assert.ok(!text.includes(secret), text);
});

test("the origin can check under a shared key what it is told of a request", async () => {
  const secret = "k".repeat(32);
  const told = await startIsolates(1, { ORIGIN: origin.url, POLICY: policy({}), ASSERTION_KEY: secret });
  try {
    await told.isolates[0].publish(issuer.keySet([key], { version: 3 }));
    const forged = { "x-keystile-assertion": "forged" };
    const response = await told.isolates[0].withToken(key.token(claims()), "/api?x=1", { headers: forged });
    const assertion = (await response.json()).headers["x-keystile-assertion"];
    const [header, payload, signature] = assertion.split(".");
    assert.equal(createHmac("sha256", secret).update(`${header}.${payload}`).digest("base64url"), signature);
    const said = JSON.parse(Buffer.from(payload, "base64url"));
    assert.deepEqual([said.sub, said.kid, said.route, said.method, said.path], ["ada", key.kid, "api", "GET", "/api"]);
    assert.equal(said.exp - said.iat, 60);
  } finally {
    await told.stop();
  }
});

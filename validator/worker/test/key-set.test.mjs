// Where the gateway's key set comes from, what it takes for one, and what it tells the admin server, in real workerd.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { newIssuer, seconds, startEdge, startServer, until } from "./edge.mjs";
import { Signer } from "./signer.mjs";

const issuer = newIssuer();
const { key, nextKey, claims, keySet } = issuer;
const code = async (response) => (response.status === 200 ? "accepted" : (await response.json()).code);

describe("a gateway with an admin server", () => {
  const EDGE_TOKEN = "ks_edge0001_secret";
  const stranger = newIssuer();
  const newestKey = new Signer();
  let admin;
  let origin;
  let edge;
  /** What the admin server has published that the store does not show yet. */
  let atServer;

  before(async () => {
    origin = await startServer();
    admin = await startServer(({ method, url }, response) => {
      if (method === "POST") return Boolean(response.writeHead(204).end());
      if (url !== "/v1/issuers/tenant-a/key-set" || !atServer) return Boolean(response.writeHead(404).end());
      return Boolean(response.end(atServer));
    });
    const own = { ISSUER_ID: "tenant-a", REGION: "test-1", ADMIN_URL: admin.url, EDGE_TOKEN, ORIGIN: origin.url };
    edge = await startEdge({ ...issuer.variables, ...own });
    const publish = edge.publish;
    edge.publish = (document) => publish(document, "keyset/tenant-a");
  });

  after(async () => {
    await edge?.stop();
    await admin?.stop();
    await origin?.stop();
  });

  const judge = async (signer, changes) => code(await edge.withToken(signer.token(claims(changes))));

  // One life of a key set, in its order.

  test("refuses everything while there is no key set", async () => {
    const response = await edge.withToken(key.token(claims()));
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get("retry-after")) > 0);
    assert.equal(response.headers.get("www-authenticate"), null);
    assert.equal(await code(response), "key_set_unavailable");
    assert.match((await edge.status()).last_error, /there is no key set in the store/);
    assert.equal((await edge.fetch("/.well-known/jwks.json")).status, 503);
  });

  test("believes no document that its roots have not signed for its issuer", async () => {
    const [header, payload] = keySet([key], { version: 1 }).split(".");
    for (const [document, expected] of [
      [JSON.stringify({ keys: [key.jwk] }), "document_malformed"],
      ["", "document_malformed"],
      [`${header}.${payload}.`, "document_signature_invalid"],
      [stranger.keySet([key], { version: 1 }), "document_root_unknown"],
      [key.keySet([key], { version: 1 }), "document_root_unknown"],
      [keySet([key], { version: 1, iss: "https://other.example" }), "document_issuer_mismatch"],
      [keySet([key], { version: 1, exp: seconds() - 1 }), "document_expired"],
      [keySet([key], { version: 1, filters: [{}] }), "document_malformed"],
      ["x".repeat(300_000), "key_set_too_large"],
    ]) {
      await edge.publish(document);
      await until(edge, ({ last_error }) => last_error.startsWith(expected));
      assert.equal(await judge(key), "key_set_unavailable", expected);
    }
    assert.equal(origin.requests.length, 0);
    // It asked the server, which has none either, only while the store had nothing at all.
    assert.ok(admin.requests.every(({ method }) => method === "GET"));
    admin.requests.length = 0;
  });

  test("takes a signed one, and reports it at once", async () => {
    await edge.publish(keySet([key], { version: 5 }));
    await until(edge, ({ version, last_error }) => version === 5 && last_error === null);
    assert.equal(await judge(key), "accepted");
    assert.equal(await judge(nextKey), "kid_unknown");
    const { method, url, headers, body } = admin.requests.find((request) => request.method === "POST");
    assert.deepEqual([method, url], ["POST", "/v1/issuers/tenant-a/reports"]);
    assert.equal(headers.authorization, `Bearer ${EDGE_TOKEN}`);
    const report = JSON.parse(body);
    const { region, instance } = await edge.status();
    assert.deepEqual([report.region, report.instance, report.version], ["test-1", instance, 5]);
    assert.equal(region, "test-1");
    assert.ok(Number.isInteger(report.key_set_age_seconds));
    assert.equal(report.counters.refused.key_set_unavailable >= 10, true);
    assert.deepEqual(report.last_seen_kids, {});
  });

  test("asks the admin server once about an unknown key, however often it is named", async () => {
    const asked = admin.requests.filter(({ method }) => method === "GET");
    assert.deepEqual(asked.map(({ url }) => url), ["/v1/issuers/tenant-a/key-set"]);
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => judge(new Signer())));
    assert.deepEqual(new Set(verdicts), new Set(["kid_unknown"]));
    assert.equal(admin.requests.filter(({ method }) => method === "GET").length, 1);
  });

  test("accepts the tokens of a new key beside those of the old one", async () => {
    await edge.publish(keySet([nextKey, key], { version: 6 }));
    await until(edge, ({ version }) => version === 6);
    assert.deepEqual([await judge(key), await judge(nextKey)], ["accepted", "accepted"]);
    const versions = admin.requests.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body).version);
    assert.deepEqual(versions.slice(0, 2), [5, 6]);
  });

  test("keeps what it has when the store shows an older version, another's document, or nothing", async () => {
    await edge.publish(keySet([key], { version: 4 }));
    await until(edge, ({ last_error }) => last_error?.startsWith("document_version_rollback"));
    assert.equal(await judge(nextKey), "accepted");
    await edge.publish(stranger.keySet([stranger.key], { version: 7 }));
    await until(edge, ({ last_error }) => last_error?.startsWith("document_root_unknown"));
    assert.deepEqual([await judge(nextKey), await judge(stranger.key)], ["accepted", "kid_unknown"]);
    await edge.withdraw("keyset/tenant-a");
    const { version } = await until(edge, ({ last_error }) => last_error?.startsWith("there is no key set"));
    assert.equal(version, 6);
    assert.equal(await judge(nextKey), "accepted");
  });

  test("refuses what an emergency has revoked", async () => {
    const epochs = { all: seconds() - 5 };
    const history = [{ kid: key.kid, status: "revoked", at: seconds(), reason: "a drill" }];
    await edge.publish(keySet([nextKey], { version: 7, epochs, revoked: { jti: ["j1"], sid: ["s1"] }, history }));
    await until(edge, ({ version }) => version === 7);
    assert.equal(await judge(key), "key_revoked");
    assert.equal(await judge(nextKey, { iat: seconds() - 60 }), "issued_before_epoch");
    assert.equal(await judge(nextKey, { jti: "j1" }), "token_revoked");
    assert.equal(await judge(nextKey, { sid: "s1" }), "session_revoked");
    assert.equal(await judge(nextKey), "accepted");
  });

  test("closes when the document expires and no newer one comes", async () => {
    await edge.publish(keySet([nextKey], { version: 8, exp: seconds() + 3 }));
    await until(edge, ({ version }) => version === 8);
    await until(edge, ({ last_error }) => last_error?.startsWith("document_expired"));
    const response = await edge.withToken(nextKey.token(claims()));
    assert.equal(response.status, 503);
    assert.equal(await code(response), "key_set_expired");
    await edge.publish(keySet([nextKey], { version: 9 }));
    await until(edge, ({ version }) => version === 9);
    assert.equal(await judge(nextKey), "accepted");
  });

  test("finds a key at the admin server that the store does not show yet", { timeout: 60_000 }, async () => {
    atServer = keySet([newestKey, nextKey], { version: 10 });
    // The pause after the unknown keys above has to pass first.
    let verdict;
    do {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      verdict = await judge(newestKey);
    } while (verdict === "kid_unknown");
    assert.equal(verdict, "accepted");
    assert.equal((await edge.status()).version, 10);
  });
});

describe("a gateway whose store is empty", () => {
  let origin;
  let edge;

  before(async () => {
    origin = await startServer();
    const bundled = { LAST_GOOD: keySet([key], { version: 3 }) };
    const strip = { FORWARD_AUTHORIZATION: "strip", TOKEN_COOKIE: "session" };
    edge = await startEdge({ ...issuer.variables, ...bundled, ...strip, ORIGIN: origin.url });
  });

  after(async () => {
    await edge?.stop();
    await origin?.stop();
  });

  test("begins with the bundled key set and says that it is not confirmed", async () => {
    assert.equal((await edge.withToken(key.token(claims()))).status, 200);
    const { version, key_set_age_seconds, refreshed_at, last_error } = await edge.status();
    assert.deepEqual([version, key_set_age_seconds, refreshed_at], [3, null, null]);
    assert.match(last_error, /there is no key set in the store/);
  });

  test("does not fall behind it", async () => {
    await edge.publish(keySet([nextKey], { version: 2 }));
    const { version } = await until(edge, ({ last_error }) => last_error.startsWith("document_version_rollback"));
    assert.equal(version, 3);
  });

  test("keeps the token from the origin if told so, wherever it was carried", async () => {
    const token = key.token(claims());
    const fromHeader = await (await edge.withToken(token, "/", { headers: { cookie: "theme=dark" } })).json();
    assert.equal(fromHeader.headers.authorization, undefined);
    assert.equal(fromHeader.headers.cookie, "theme=dark");
    const fromCookie = await (await edge.fetch("/", { headers: { cookie: `a=1; session=${token}; b=2` } })).json();
    assert.equal(fromCookie.headers.cookie, "a=1; b=2");
    const alone = await (await edge.fetch("/", { headers: { cookie: `session=${token}` } })).json();
    assert.equal(alone.headers.cookie, undefined);
  });
});

test("a gateway that is set up wrong refuses everything and names the variable", async () => {
  const edge = await startEdge({ ...issuer.variables, AUDIENCE: undefined, ORIGIN: "http://127.0.0.1:9" });
  try {
    for (const path of ["/", "/.well-known/jwks.json", "/.well-known/keystile"]) {
      const response = await edge.withToken(key.token(claims()), path);
      const problem = await response.json();
      assert.deepEqual([response.status, problem.code], [503, "gateway_misconfigured"]);
      assert.match(problem.detail, /^the variable `AUDIENCE` is missing; give /);
    }
  } finally {
    await edge.stop();
  }
});

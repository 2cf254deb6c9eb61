// What a client and an origin see of the gateway, in real workerd.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";

import { AUDIENCE, ISSUER, newIssuer, seconds, startEdge, startServer } from "./edge.mjs";
import { Signer } from "./signer.mjs";

// RFC 6455 section 1.3.
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

const issuer = newIssuer();
const { key, claims } = issuer;
const good = key.token(claims());
let origin;
let edge;

before(async () => {
  origin = await startServer((request, response) => {
    if (request.url === "/app/moved") {
      response.writeHead(302, { location: "https://elsewhere.example/", "x-origin": "yes" }).end("moved");
    } else if (request.url === "/app/stream") {
      // Never ends: whoever waits for the whole answer gets nothing.
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: first\n\n");
    } else if (request.url === "/app/slow") {
      setTimeout(() => response.end("late"), 1500);
    } else if (request.url === "/app/broken") {
      response.destroy();
    } else if (request.url === "/app/half") {
      response.writeHead(200, { "content-length": 100 }).write("half");
      setTimeout(() => response.destroy(), 50);
    } else if (request.url === "/app/failing") {
      response.writeHead(500, { "x-origin": "yes" }).end("the origin's own words");
    } else {
      return false;
    }
    return true;
  });
  edge = await startEdge({ ...issuer.variables, ORIGIN: `${origin.url}/app/`, TOKEN_COOKIE: "session" });
  await edge.publish(issuer.keySet([key], { version: 1 }));
});

after(async () => {
  await edge?.stop();
  await origin?.stop();
});

/** Checks that a request is refused with `status` and `code`, and that the origin does not hear of it. */
async function refused(request, status, code) {
  const seen = origin.requests.length;
  const response = await request;
  const problem = await response.json();
  assert.deepEqual([response.status, problem.status, problem.code], [status, status, code]);
  assert.equal(problem.type, `https://keystile.dev/errors/${code}`);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.ok(problem.request_id.length > 0 && problem.detail.length > 0);
  assert.equal(origin.requests.length, seen);
  return { problem, challenge: response.headers.get("www-authenticate") };
}

test("the first requests all wait for the one that reads the key set", async () => {
  const responses = await Promise.all(Array.from({ length: 30 }, () => edge.withToken(good)));
  assert.deepEqual(new Set(responses.map(({ status }) => status)), new Set([200]));
});

describe("an accepted request", () => {
  test("reaches the origin with method, path, query and body as they were", async () => {
    const body = "x".repeat(300_000);
    const response = await edge.withToken(good, "/a%2Fb//c?d=%20&e", { method: "PUT", body });
    const seen = await response.json();
    assert.equal(response.status, 200);
    assert.equal(seen.method, "PUT");
    assert.equal(seen.url, "/app/a%2Fb//c?d=%20&e");
    assert.equal(seen.body, body);
    assert.equal(`http://${seen.headers.host}`, origin.url);
    assert.equal(seen.headers.authorization, `Bearer ${good}`);
  });

  test("tells the origin the subject and the key, and nobody else can", async () => {
    const forged = { "x-keystile-subject": "root", "X-Keystile-Role": "admin", x_keystile_subject: "root" };
    const seen = await (await edge.withToken(good, "/", { headers: forged })).json();
    const ours = Object.entries(seen.headers).filter(([name]) => /^x[-_]keystile/i.test(name));
    assert.deepEqual(Object.fromEntries(ours), { "x-keystile-subject": "ada", "x-keystile-kid": key.kid });
  });

  test("cannot smuggle a header in its subject", async () => {
    const subject = "a\r\nx-admin: 1\0 Zoë 100%";
    const seen = await (await edge.withToken(key.token(claims({ sub: subject })))).json();
    assert.equal(decodeURIComponent(seen.headers["x-keystile-subject"]), subject);
    assert.equal(seen.headers["x-admin"], undefined);
  });

  test("without a subject leaves the header out, the client's own included", async () => {
    const token = key.token(claims({ sub: undefined }));
    const seen = await (await edge.withToken(token, "/", { headers: { "x-keystile-subject": "root" } })).json();
    assert.equal(seen.headers["x-keystile-subject"], undefined);
  });

  test("gets the origin's answer untouched, a redirect included", async () => {
    const response = await edge.withToken(good, "/moved", { redirect: "manual" });
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), "https://elsewhere.example/");
    assert.equal(response.headers.get("x-origin"), "yes");
    assert.equal(await response.text(), "moved");
  });

  test("gets the origin's answer as it streams in", { timeout: 10_000 }, async () => {
    const response = await edge.withToken(good, "/stream");
    const reader = response.body.getReader();
    assert.equal(Buffer.from((await reader.read()).value).toString(), "data: first\n\n");
    await reader.cancel();
  });

  test("may carry its token in the configured cookie", async () => {
    const response = await edge.fetch("/", { headers: { cookie: `theme=dark; session=${good}` } });
    assert.equal(response.status, 200);
  });

  test("may be a HEAD or an OPTIONS", async () => {
    for (const method of ["HEAD", "OPTIONS"]) {
      assert.equal((await edge.withToken(good, "/", { method })).status, 200);
      assert.equal((await edge.fetch("/", { method })).status, 401);
    }
  });

  test("may upgrade to a WebSocket", async () => {
    origin.server.once("upgrade", ({ headers }, socket) => {
      const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${WEBSOCKET_GUID}`).digest("base64");
      const answer = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: Upgrade"];
      socket.write([...answer, `sec-websocket-accept: ${accept}`, "", ""].join("\r\n"));
      // One text frame that says whose socket it is.
      const subject = Buffer.from(headers["x-keystile-subject"]);
      socket.end(Buffer.concat([Buffer.from([0x81, subject.length]), subject]));
    });
    const [status, frame] = await upgrade(`${edge.url}/socket`, good);
    assert.equal(status, 101);
    assert.equal(frame.subarray(2).toString(), "ada");
    assert.equal((await upgrade(`${edge.url}/socket`, "not a token"))[0], 401);
  });
});

describe("a refused request", () => {
  test("without a token is challenged without an error", async () => {
    const { challenge } = await refused(edge.fetch("/"), 401, "token_absent");
    assert.equal(challenge, `Bearer realm="${ISSUER}"`);
    await refused(edge.fetch("/", { headers: { authorization: "Basic YTpi" } }), 401, "token_absent");
    await refused(edge.fetch(`/?access_token=${good}`), 401, "token_absent");
  });

  test("with two tokens is told so, even if they agree", async () => {
    const { challenge } = await refused(
      edge.withToken(good, "/", { headers: { cookie: `session=${good}` } }), 400, "token_ambiguous");
    assert.match(challenge, /^Bearer realm="[^"]+", error="invalid_request", error_description="[^"]+"$/);
    const twice = new Headers([["authorization", `Bearer ${good}`], ["authorization", `Bearer ${good}`]]);
    await refused(edge.fetch("/", { headers: twice }), 400, "token_ambiguous");
  });

  const now = seconds();
  const [header, payload, signature] = good.split(".");
  const encode = (json) => Buffer.from(json).toString("base64url");
  for (const [name, token, code, about = {}] of [
    ["expired", key.token(claims({ exp: now - 31 })), "token_expired", { claim: "exp", reason: "mismatch" }],
    ["not yet valid", key.token(claims({ nbf: now + 600 })), "token_not_yet_valid"],
    ["without an expiry", key.token(claims({ exp: undefined })), "claim_missing", { claim: "exp", reason: "missing" }],
    ["of another issuer", key.token(claims({ iss: `${ISSUER}/` })), "issuer_mismatch"],
    ["for another audience", key.token(claims({ aud: [`${AUDIENCE}.evil`] })), "audience_mismatch"],
    ["with other claims", `${header}.${encode("{}")}.${signature}`, "signature_invalid"],
    ["without a signature", `${header}.${payload}.`, "signature_invalid"],
    ["with alg none", `${encode('{"alg":"none"}')}.${payload}.`, "alg_not_allowed"],
    ["without a kid", `${encode('{"alg":"RS256"}')}.${payload}.${signature}`, "kid_missing"],
    ["of an unknown key", new Signer().token(claims()), "kid_unknown"],
    ["of an unknown key under a known kid", new Signer().token(claims(), { kid: key.kid }), "signature_invalid"],
    ["that is none", "not a token", "token_malformed"],
    ["that is empty", "", "token_malformed"],
    ["longer than the limit", `${"a".repeat(17_000)}.b.c`, "token_too_large"],
    ["of 64 KiB", "a".repeat(65_536), "token_too_large"],
    ["full of dots", ".".repeat(16_000), "token_malformed"],
  ]) {
    test(`with a token ${name} gets the code ${code}`, async () => {
      const { problem, challenge } = await refused(edge.withToken(token), 401, code);
      assert.match(challenge, /^Bearer realm="[^"]+", error="invalid_token", error_description="[^"]+"$/);
      for (const [member, value] of Object.entries(about)) assert.equal(problem[member], value);
    });
  }
});

describe("the gateway tells everybody", () => {
  test("the public keys, to be cached no longer than a new key waits before it signs", async () => {
    const response = await edge.fetch("/.well-known/jwks.json");
    assert.equal(response.headers.get("cache-control"), "public, max-age=30");
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    const { keys } = await response.json();
    assert.deepEqual(keys, [key.jwk]);
  });

  test("what it has counted, by code and by key", async () => {
    const earlier = (await edge.status()).counters;
    await edge.withToken(good);
    await edge.fetch("/");
    const { counters, ...status } = await edge.status();
    assert.equal(counters.accepted, earlier.accepted + 1);
    assert.equal(counters.by_kid[key.kid], earlier.by_kid[key.kid] + 1);
    assert.equal(counters.refused.token_absent, earlier.refused.token_absent + 1);
    assert.equal(status.last_error, null);
    assert.equal(status.issuer, ISSUER);
  });

  test("the same without the body, to HEAD", async () => {
    for (const path of ["jwks.json", "keystile"].map((name) => `/.well-known/${name}`)) {
      const [head, whole] = [await edge.fetch(path, { method: "HEAD" }), await edge.fetch(path)];
      assert.deepEqual([head.status, await head.text()], [200, ""]);
      for (const name of ["content-type", "cache-control"]) assert.equal(head.headers.get(name), whole.headers.get(name));
      await whole.body.cancel();
    }
  });

  test("nothing on other methods and nothing under its own paths to the origin", async () => {
    await refused(edge.fetch("/.well-known/keystile", { method: "POST" }), 401, "token_absent");
    await refused(edge.fetch("/__vectors", { method: "POST", body: "{}" }), 401, "token_absent");
  });
});

describe("an origin", () => {
  test("that is slow is waited for, and holds nobody else up", async () => {
    const slow = edge.withToken(good, "/slow");
    const order = [];
    await Promise.all([
      slow.then(() => order.push("slow")),
      edge.withToken(good).then(({ status }) => order.push(status)),
      edge.fetch("/").then(({ status }) => order.push(status)),
    ]);
    assert.equal(order.at(-1), "slow");
    assert.equal(await (await slow).text(), "late");
  });

  test("that fails says so in its own words, and one that breaks off is told as such", async () => {
    const failing = await edge.withToken(good, "/failing");
    assert.deepEqual([failing.status, failing.headers.get("x-origin"), await failing.text()], [500, "yes", "the origin's own words"]);
    const broken = await edge.withToken(good, "/broken");
    assert.deepEqual([broken.status, (await broken.json()).code], [502, "origin_unreachable"]);
    const half = await edge.withToken(good, "/half");
    await assert.rejects(half.text());
  });
});

test("an origin that is down is told apart from a bad token", async () => {
  await origin.stop();
  const { challenge } = await refused(edge.withToken(good), 502, "origin_unreachable");
  assert.equal(challenge, null);
});

/** The status that an upgrade request gets, and the first frame; `fetch` cannot send one. */
function upgrade(url, token) {
  const headers = {
    authorization: `Bearer ${token}`,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers });
    sent.on("error", reject);
    sent.on("response", (response) => resolve([response.resume().statusCode]));
    sent.on("upgrade", ({ statusCode }, socket, head) => {
      const finish = (frame) => {
        socket.destroy();
        resolve([statusCode, frame]);
      };
      if (head.length > 0) finish(head);
      else socket.once("data", finish);
    });
    sent.end();
  });
}

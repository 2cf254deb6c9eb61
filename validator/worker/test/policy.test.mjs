// A policy document in the place of the single variables, in real workerd: two issuers, routes, demands, headers.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { AUDIENCE, ISSUER, newIssuer, seconds, startEdge, startServer, until } from "./edge.mjs";
import { Signer } from "./signer.mjs";

const PARTNER = "https://partner.example";

const issuer = newIssuer();
const partner = new Signer();
const { key, claims } = issuer;
const partnerToken = (changes) => partner.token({ ...claims(), iss: PARTNER, aud: "orders", ...changes });

const routes = [
  { id: "health", path: "/health", methods: ["GET"], require: "none" },
  { id: "admin", path: "/admin/**", require: { provider: "main", roles: ["admin"] } },
  { id: "orders", path: "/orders/**", require: { any: [
    { provider: "main", scopes: ["orders:read"] },
    { provider: "partner", claims: [{ claim: "/org/tier", at_least: 2 }] },
  ] } },
  { id: "news", path: "/news", require: { optional: { provider: "main" } } },
  { id: "trial", path: "/trial", require: { provider: "main" }, action: "shadow" },
];

const policy = (jwks, members = {}) => ({
  format: 1,
  providers: {
    main: {
      issuer: ISSUER,
      audience: AUDIENCE,
      keys: { signed: { at: "kv:keyset/main", roots: { keys: [issuer.root.jwk] } } },
      from: ["bearer", "cookie:session", "query:access_token"],
      token: "strip",
      headers: { "x-roles": "/roles", "x-tier": "/org/tier", "x-mail": "email_verified" },
    },
    partner: { issuer: PARTNER, audience: "orders", keys: { jwks: { at: jwks } } },
  },
  routes,
  ...members,
});

let origin;
let provider;
let edge;

before(async () => {
  origin = await startServer(() => false);
  provider = await startServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: [partner.jwk] }));
    return true;
  });
  edge = await startEdge({ POLICY: JSON.stringify(policy(`${provider.url}/jwks.json`)), ORIGIN: origin.url });
  await edge.publish(issuer.keySet([key], { version: 1 }));
  await until(edge, ({ version }) => version === 1);
});

after(async () => {
  await edge?.stop();
  await origin?.stop();
  await provider?.stop();
});

const withToken = (token, path, init) => edge.withToken(token, path, init);

/** Checks that a request is refused so, and that the origin does not hear of it. */
async function refused(request, status, code) {
  const seen = origin.requests.length;
  const response = await request;
  const problem = await response.json();
  assert.deepEqual([response.status, problem.code], [status, code]);
  assert.equal(origin.requests.length, seen);
  return response;
}

/** What the origin sees of a request that must pass. */
async function passed(request) {
  const response = await request;
  assert.equal(response.status, 200);
  return response.json();
}

test("a request that no route is for is refused, and so is an ambiguous path", async () => {
  await refused(withToken(key.token(claims()), "/elsewhere"), 403, "no_route");
  await refused(edge.fetch("/health", { method: "POST" }), 403, "no_route");
  for (const path of ["/admin%2Fx", "//admin", "/x;/admin", "/%2561dmin"]) {
    await refused(withToken(key.token(claims()), path), 400, "path_ambiguous");
  }
  await passed(edge.fetch("/health"));
});

test("roles, scopes and claims are demanded, and their lack is told as such", async () => {
  const short = await refused(withToken(key.token(claims()), "/admin"), 403, "insufficient_scope");
  assert.match(short.headers.get("www-authenticate"), /error="insufficient_scope"/);
  await passed(withToken(key.token(claims({ roles: ["admin"] })), "/%61dmin/users/"));
  const scope = await refused(withToken(key.token(claims()), "/orders/7"), 403, "insufficient_scope");
  assert.match(scope.headers.get("www-authenticate"), /, scope="orders:read"$/);
  await passed(withToken(key.token(claims({ scope: "profile orders:read" })), "/orders/7"));
});

test("a second issuer's plain key set counts where a route takes it, and nowhere else", async () => {
  await passed(withToken(partnerToken({ org: { tier: 2 } }), "/orders/7"));
  await refused(withToken(partnerToken({ org: { tier: 1 } }), "/orders/7"), 403, "insufficient_scope");
  await refused(withToken(partnerToken({ roles: ["admin"] }), "/admin"), 401, "kid_unknown");
  const disguised = partner.token({ ...claims(), roles: ["admin"] }, { kid: key.kid });
  await refused(withToken(disguised, "/admin"), 401, "signature_invalid");
});

test("claims arrive as headers, and the client's copies never do", async () => {
  const forged = { "x-roles": "root", X_Tier: "9", "x-mail": "true", "x-keystile-subject": "root", "x-mine": "1" };
  const token = key.token(claims({ roles: ["a\r\nx-admin: 1", "b,c", "Zoë"], org: { tier: 3 }, email_verified: false }));
  const { headers } = await passed(withToken(token, "/news", { headers: forged }));
  assert.equal(headers["x-roles"], "a%0D%0Ax-admin:%201,b%2Cc,Zo%C3%AB");
  assert.deepEqual([headers["x-tier"], headers["x-mail"], headers.x_tier], ["3", "false", undefined]);
  assert.deepEqual([headers["x-keystile-subject"], headers["x-mine"], headers["x-admin"]], ["ada", "1", undefined]);
  assert.equal(headers.authorization, undefined, "the token is stripped");
  for (const path of ["/health", "/news", "/trial"]) {
    const { headers } = await passed(edge.fetch(path, { headers: forged }));
    const ours = Object.keys(headers).filter((name) => /^x[-_](roles|tier|mail|keystile)/.test(name));
    assert.deepEqual(ours, [], path);
  }
});

describe("a token may come from", () => {
  const token = key.token(claims());
  test("a cookie among a hundred, and is taken out of them", async () => {
    const others = Array.from({ length: 100 }, (_, at) => `c${at}=${at}`);
    const cookie = [...others, `session=${token}`].join("; ");
    const { headers } = await passed(edge.fetch("/news", { headers: { cookie } }));
    assert.deepEqual([headers.cookie, headers["x-keystile-subject"]], [others.join("; "), "ada"]);
    await refused(edge.fetch("/news", { headers: { cookie: `${cookie}; session=x` } }), 400, "token_ambiguous");
  });

  test("the query, where the policy says so, and is taken out of it", async () => {
    const seen = await passed(edge.fetch(`/news?a=1&access_token=${token}&b=%20`));
    assert.deepEqual([seen.url, seen.headers["x-keystile-subject"]], ["/news?a=1&b=%20", "ada"]);
    await refused(withToken(token, `/news?access_token=${token}`), 400, "token_ambiguous");
  });
});

test("optional takes nobody and no bad token, and a token of 64 KiB is one", async () => {
  await passed(edge.fetch("/news"));
  await refused(withToken(key.token(claims({ exp: seconds() - 31 })), "/news"), 401, "token_expired");
  await refused(edge.fetch("/news", { headers: { cookie: `session=${"a".repeat(60_000)}` } }), 401, "token_too_large");
});

test("a shadow route lets pass, and counts what it would have refused", async () => {
  const earlier = (await edge.status()).counters;
  await passed(withToken("not a token", "/trial"));
  const { shadowed, by_route: byRoute } = (await edge.status()).counters;
  assert.equal(shadowed.token_malformed, (earlier.shadowed.token_malformed ?? 0) + 1);
  assert.equal(byRoute.trial.shadowed, (earlier.by_route.trial?.shadowed ?? 0) + 1);
});

test("a CORS preflight passes where the request it asks about has a route", async () => {
  const ask = (method) => ({
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": method },
  });
  await passed(edge.fetch("/orders/7", ask("GET")));
  await refused(edge.fetch("/elsewhere", ask("GET")), 403, "no_route");
  await refused(edge.fetch("/orders/7", { method: "OPTIONS" }), 401, "token_absent");
});

test("a thousand made-up kids cost one look, and nothing is kept of them", async () => {
  const asked = provider.requests.length;
  const { verdicts_kept: kept } = await edge.status();
  const [header, payload, signature] = key.token(claims()).split(".");
  const forged = (at) => {
    const named = { ...JSON.parse(Buffer.from(header, "base64url")), kid: `kid-${at}` };
    return `${Buffer.from(JSON.stringify(named)).toString("base64url")}.${payload}.${signature}`;
  };
  for (let batch = 0; batch < 20; batch += 1) {
    const sent = Array.from({ length: 50 }, (_, at) => withToken(forged(batch * 50 + at), "/orders/7"));
    for (const response of await Promise.all(sent)) assert.equal(response.status, 401);
  }
  const status = await edge.status();
  assert.ok(provider.requests.length - asked <= 1, `${provider.requests.length - asked} requests`);
  assert.equal(status.verdicts_kept, kept);
  assert.equal(Object.keys(status.counters.by_kid).filter((kid) => kid.startsWith("kid-")).length, 0);
});

test("a verdict that is kept ends with its key", async () => {
  const token = key.token(claims());
  for (let time = 0; time < 3; time += 1) await passed(withToken(token, "/news"));
  await edge.publish(issuer.keySet([issuer.nextKey], { version: 2 }));
  // The store's cache may keep the old set for 30 seconds in production; here it is read within the refresh.
  await until(edge, ({ version }) => version === 2);
  await refused(withToken(token, "/news"), 401, "kid_unknown");
  await passed(withToken(issuer.nextKey.token(claims()), "/news"));
});

test("a quiet gateway says the same of every refused token", async () => {
  const quiet = await startEdge({
    POLICY: JSON.stringify(policy(`${provider.url}/jwks.json`, { refusals: "quiet", realm: "api" })),
    ORIGIN: origin.url,
  });
  try {
    await quiet.publish(issuer.keySet([key], { version: 1 }));
    await until(quiet, ({ version }) => version === 1);
    const told = [];
    for (const token of ["x", key.token(claims({ exp: 1 })), key.token(claims({ aud: "x" })), new Signer().token(claims())]) {
      const response = await quiet.withToken(token, "/news");
      const { request_id: _, ...problem } = await response.json();
      told.push(JSON.stringify([response.status, response.headers.get("www-authenticate"), problem]));
    }
    assert.equal(new Set(told).size, 1);
    assert.match(told[0], /token_refused/);
  } finally {
    await quiet.stop();
  }
});

test("a policy that cannot be used closes the gateway and is shown with line and column", async () => {
  const closed = await startEdge({ POLICY: '{ "format": 1, "routes": [], "providers": {} }', ORIGIN: origin.url });
  try {
    const problem = await (await closed.withToken(key.token(claims()))).json();
    assert.deepEqual([problem.status, problem.code], [503, "gateway_misconfigured"]);
    assert.match(problem.detail, /`POLICY` cannot be used: .*\(line 1, column 43\)/);
  } finally {
    await closed.stop();
  }
});

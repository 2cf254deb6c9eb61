// What a provider must not get away with. The answers that no real provider gives come from a stand-in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { badly, changed, publicKeyPem, sign, startHostileProvider, stranger } from "./hostile_provider.mjs";
import { CLIENT_ID, CLIENT_SECRET, freePort, startKeystile } from "./keystile.mjs";
import { Visitor } from "./visitor.mjs";

const DISCOVERY = "/.well-known/openid-configuration";
const world = {};

before(async () => {
  world.provider = await startHostileProvider();
  world.keystile = await startKeystile(world.provider.issuer, await freePort());
});

after(async () => {
  await world.keystile?.stop();
  await world.provider?.stop();
});

/** Begins, and comes back with a code for which the provider gives what `idToken` makes of good claims. */
async function signIn(idToken) {
  const visitor = new Visitor();
  const location = await visitor.begin(world.keystile);
  const claims = world.provider.claims(location.searchParams.get("nonce"));
  world.provider.say.idToken = idToken(claims);
  const callback = new URL(location.searchParams.get("redirect_uri"));
  callback.search = new URLSearchParams({ code: "any", state: location.searchParams.get("state") });
  return { code: await visitor.comeBack(callback), who: await visitor.who(world.keystile) };
}

const openSessions = async () => (await world.keystile.get("/v1/sessions")).sessions.length;

async function refused(name, idToken, code = "provider_answer_refused") {
  const before = await openSessions();
  assert.deepEqual(await signIn(idToken), { code, who: null }, name);
  assert.equal(await openSessions(), before, name);
}

test("the answer that the others are changes of is a good one", async () => {
  const { code, who } = await signIn((claims) => sign(claims));
  assert.deepEqual([code, who], [null, { role: "viewer", principal: "user:mallory", label: "mallory" }]);
  const several = await signIn((claims) => sign({ ...claims, aud: [CLIENT_ID, "another"], azp: CLIENT_ID }));
  assert.equal(several.code, null);
});

test("an ID token with another signature or algorithm is refused", async () => {
  const tokens = {
    "alg none": (claims) => sign(claims, { header: { alg: "none" }, key: null }),
    "alg nOnE without kid": (claims) => sign(claims, { header: { alg: "nOnE", kid: undefined }, key: null }),
    "HS256 with the client secret": (claims) => sign(claims, { header: { alg: "HS256" }, secret: CLIENT_SECRET }),
    "HS256 with the client secret, without kid": (claims) => sign(claims, { header: { alg: "HS256", kid: undefined }, secret: CLIENT_SECRET }),
    "HS256 with the public key": (claims) => sign(claims, { header: { alg: "HS256" }, secret: publicKeyPem }),
    "a stranger's key under our kid": (claims) => sign(claims, { key: stranger }),
    "a stranger's key under a kid that is unknown": (claims) => sign(claims, { key: stranger, header: { kid: "two" } }),
    "a key that it brings along": (claims) => sign(claims, { key: stranger, header: { kid: "two", jku: "http://127.0.0.1:9/" } }),
    "an extension that is critical": (claims) => sign(claims, { header: { crit: ["b64"], b64: false } }),
    "no signature": (claims) => sign(claims, { key: null }),
    "no token": () => undefined,
    "an empty one": () => "",
  };
  for (const [name, token] of Object.entries(tokens)) await refused(name, token);
});

test("an ID token with other claims is refused", async () => {
  const now = Math.floor(Date.now() / 1000);
  const changes = {
    "another nonce": { nonce: "x".repeat(43) },
    "no nonce": { nonce: undefined },
    "a nonce in a list": (claims) => ({ nonce: [claims.nonce] }),
    "another audience": { aud: "another" },
    "no audience": { aud: undefined },
    "several audiences without azp": { aud: [CLIENT_ID, "another"] },
    "another azp": { azp: "another" },
    "another issuer": { iss: "https://evil.example" },
    "the issuer with a slash": (claims) => ({ iss: `${claims.iss}/` }),
    "expired": { exp: now - 60 },
    "expired, as a text": { exp: `${now + 300}` },
    "no end": { exp: undefined },
    "issued before the attempt": { iat: now - 3600 },
    "issued in the future": { iat: now + 3600, exp: now + 7200 },
    "not valid yet": { nbf: now + 3600 },
    "nobody": { sub: undefined },
    "an empty sub": { sub: "" },
    "a sub that is too long": { sub: "x".repeat(256) },
    "a sub with a control character": { sub: "a\u0000b" },
  };
  for (const [name, change] of Object.entries(changes)) {
    await refused(name, (claims) => sign({ ...claims, ...(typeof change === "function" ? change(claims) : change) }));
  }
  await refused("a claim that is there twice", (claims) => sign(JSON.stringify(claims).replace("{", `{"sub":"s-2",`)));
});

test("groups give a role only as a text or a list of texts", async () => {
  for (const groups of [undefined, null, true, [], [["everybody"]], { everybody: true }, "everybody,key-people", ["Everybody"]]) {
    await refused(JSON.stringify(groups), (claims) => sign({ ...claims, sub: "s-9", groups }), "no_role");
  }
});

test("a name is made plain before it stands anywhere", async () => {
  const named = (preferred_username, sub) => signIn((claims) => sign({ ...claims, sub, preferred_username }));
  assert.equal((await named("<img src=x onerror=alert(1)>", "s-2")).who.label, "img-src-x-onerror-alert-1--");
  assert.equal((await named("MALLORY@evil.example", "s-3")).who.label, "mallory-2");
  await refused("no letters", (claims) => sign({ ...claims, sub: "s-4", preferred_username: "李" }), "no_name");
  await refused("no text", (claims) => sign({ ...claims, sub: "s-4", preferred_username: ["a"] }), "no_name");
});

test("a token endpoint that fails, redirects, hangs or never ends is an outage and nothing else", async () => {
  for (const [name, answer] of Object.entries(badly)) {
    world.provider.say["/token"] = answer;
    await refused(name, (claims) => sign(claims), name === "garbage" ? "provider_answer_refused" : "provider_unavailable");
  }
  const refusal = (status, body) => (answer) => answer.writeHead(status).end(JSON.stringify(body));
  world.provider.say["/token"] = refusal(401, { error: "invalid_client", error_description: "<script>" });
  await refused("another secret", (claims) => sign(claims), "provider_unusable");
  delete world.provider.say["/token"];
  assert.ok(!world.keystile.log().includes("<script>"));
});

test("a key set or discovery document that fails, redirects, hangs or never ends is found by the doctor", async () => {
  for (const path of [DISCOVERY, "/jwks"]) {
    // Both are read by the same function: one that hangs is enough to wait for.
    for (const [name, answer] of Object.entries(badly).filter(([name]) => path === DISCOVERY || name !== "hangs")) {
      world.provider.say[path] = answer;
      assert.equal((await world.keystile.examined()).verdict, "problem", `${path} ${name}`);
    }
    delete world.provider.say[path];
  }
  assert.equal((await world.keystile.examined()).verdict, "fine");
});

test("a discovery document of somebody else, or that leads elsewhere, is refused", async () => {
  const { issuer } = world.provider;
  const changes = {
    "another issuer": { issuer: "https://evil.example" },
    "a slash more": { issuer: `${issuer}/` },
    "keys from the metadata service of a cloud": { jwks_uri: "http://169.254.169.254/latest/meta-data" },
    "keys from a private network": { jwks_uri: "https://10.0.0.1/jwks" },
    "a token endpoint in clear": { token_endpoint: "http://login.example/token" },
    "a sign-in page that is a script": { authorization_endpoint: "javascript:alert(1)" },
    "no code flow": { response_types_supported: ["id_token"] },
    "no RS256": { id_token_signing_alg_values_supported: ["HS256", "none"] },
    "PKCE in clear alone": { code_challenge_methods_supported: ["plain"] },
    "no way to show a secret": { token_endpoint_auth_methods_supported: ["tls_client_auth"] },
  };
  for (const [name, change] of Object.entries(changes)) {
    world.provider.say[DISCOVERY] = changed(change);
    const { verdict, found } = await world.keystile.examined();
    assert.equal(verdict, "problem", name);
    assert.ok(!found.includes("evil") && !found.includes("script"), found);
  }
  delete world.provider.say[DISCOVERY];
});

test("no secret of the client and no token of the provider lies in the log", () => {
  const log = world.keystile.log();
  for (const secret of [CLIENT_SECRET, encodeURIComponent(CLIENT_SECRET), world.provider.say.idToken]) assert.ok(!log.includes(secret));
});

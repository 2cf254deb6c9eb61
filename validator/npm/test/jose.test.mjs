// The bridge beside jose itself: the same calls, and the same results or errors. Where they differ on purpose, jose.md says
// so, and the case here names what each of them says.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { describe, test } from "node:test";

import * as bridge from "../dist/jose.mjs";
import { json, publish } from "./publisher.mjs";
import { NOW, encode, makeKey, makeToken, signed } from "./signing.mjs";

const jose = createRequire(import.meta.url)("jose");
const [key, other] = [makeKey("k1"), makeKey("k2")];
const jwks = { keys: [key.jwk, other.jwk] };
const spki = key.publicKey.export({ type: "spki", format: "pem" });
const currentDate = new Date(NOW * 1000);
const good = makeToken(key, { sub: "user-1", iat: NOW - 60, nbf: NOW - 60, jti: "1", roles: ["a"] }, { typ: "JWT" });
const [head, body, signature] = good.split(".");

/** What a call came to, in words that can be compared. */
async function outcome(call) {
  try {
    const { payload, protectedHeader, key: found, ...rest } = await call();
    return { payload, protectedHeader, hasKey: found !== undefined, rest };
  } catch (error) {
    const { name, code, claim, reason, payload } = error;
    if (name === "TypeError" || !code) return { name };
    return { name, code, claim, reason, payload, cause: claim && error.cause };
  }
}

/** `[title, token, options]` */
const cases = [
  ["a good token", good],
  ["a good token with everything asked for", good, { issuer: "https://issuer.example", audience: "api", subject: "user-1", typ: "jwt", maxTokenAge: 60, requiredClaims: ["jti"], algorithms: ["RS256"] }],
  ["a good token in bytes", Buffer.from(good)],
  ["several issuers and audiences", good, { issuer: ["a", "https://issuer.example"], audience: ["b", "api"] }],
  ["a typ in full", good, { typ: "application/JWT" }],
  ["a token without exp", makeToken(key, { exp: undefined })],
  ["an expired token", makeToken(key, { exp: NOW })],
  ["an expired token within tolerance", makeToken(key, { exp: NOW - 4 }), { clockTolerance: 5 }],
  ["an expired token at the end of tolerance", makeToken(key, { exp: NOW - 5 }), { clockTolerance: "5 seconds" }],
  ["a token that is not valid yet", makeToken(key, { nbf: NOW + 1 })],
  ["a token that is valid within tolerance", makeToken(key, { nbf: NOW + 60 }), { clockTolerance: "1m" }],
  ["a token of the right age", makeToken(key, { iat: NOW - 3600 }), { maxTokenAge: "1h" }],
  ["a token that is too old", makeToken(key, { iat: NOW - 3601 }), { maxTokenAge: "1 hour" }],
  ["a token from the future", makeToken(key, { iat: NOW + 1 }), { maxTokenAge: 10 }],
  ["a token of unknown age", makeToken(key), { maxTokenAge: 10 }],
  ["another issuer", good, { issuer: "https://other.example" }],
  ["another audience", good, { audience: "other" }],
  ["another subject", good, { subject: "user-2" }],
  ["another type", good, { typ: "at+jwt" }],
  ["no type where one is asked for", makeToken(key), { typ: "jwt" }],
  ["a claim that is missing", good, { requiredClaims: ["sub", "tenant", "org"] }],
  ["an issuer that is missing", makeToken(key, { iss: undefined }), { issuer: "a" }],
  ["an audience that is missing", makeToken(key, { aud: undefined }), { audience: "a" }],
  ["a subject that is missing", makeToken(key), { subject: "a" }],
  ["exp in text", makeToken(key, { exp: "1" })],
  ["nbf as null", makeToken(key, { nbf: null })],
  ["iat in text", makeToken(key, { iat: "1" })],
  ["an audience as a number, compared", makeToken(key, { aud: 5 }), { audience: "api" }],
  ["an issuer as a number, compared", makeToken(key, { iss: 5 }), { issuer: "a" }],
  ["expired, and of another issuer", makeToken(key, { exp: NOW - 60 }), { issuer: "a" }],
  ["expired, and for another audience", makeToken(key, { exp: NOW - 60 }), { audience: "a" }],
  ["of another issuer, and without a subject", good, { issuer: "a", requiredClaims: ["tenant"] }],
  ["of another subject and audience", good, { subject: "b", audience: "b" }],
  ["of another type, and expired", makeToken(key, { exp: NOW - 60 }), { typ: "at+jwt" }],
  ["a signature of another key", makeToken({ ...other, jwk: key.jwk })],
  ["a signature of another key, and expired", makeToken({ ...other, jwk: key.jwk }, { exp: 1 }), { issuer: "a", typ: "x" }],
  ["a signature that is cut off", good.slice(0, -6)],
  ["an empty signature", `${head}.${body}.`],
  ["claims that were changed", `${head}.${encode({ sub: "root" })}.${signature}`],
  ["claims that are a list", signed({ alg: "RS256" }, [1], key)],
  ["claims that are text", signed({ alg: "RS256" }, "no JSON", key)],
  ["claims that are null", signed({ alg: "RS256" }, "null", key)],
  ["two segments", `${head}.${body}`],
  ["five segments", "a.b.c.d.e"],
  ["nothing", ""],
  ["no string", 5],
  ["undefined", undefined],
  ["a header that is no JSON", `${encode("x")}.${body}.${signature}`],
  ["a header that is a list", `${encode([1])}.${body}.${signature}`],
  ["a header that is no base64url", `a+b.${body}.${signature}`],
  ["a signature that is no base64url", `${head}.${body}.a+b`],
  ["no alg", signed({}, {}, key)],
  ["alg as a number", signed({ alg: 5 }, {}, key)],
  ["alg none", `${encode({ alg: "none" })}.${body}.`],
  ["alg none, where RS256 is asked for", `${encode({ alg: "none" })}.${body}.`, { algorithms: ["RS256"] }],
  ["RS256, where something else is asked for", good, { algorithms: ["ES256"] }],
  ["a critical extension", signed({ alg: "RS256", crit: ["x"], x: 1 }, {}, key)],
  ["a critical list that is empty", signed({ alg: "RS256", crit: [] }, {}, key)],
  ["algorithms as text", good, { algorithms: "RS256" }],
  ["a tolerance that is none", good, { clockTolerance: "soon" }],
  ["a tolerance with a sign", makeToken(key, { exp: NOW - 3 }), { clockTolerance: "+5 s" }],
  ["a tolerance from now", makeToken(key, { exp: NOW - 3 }), { clockTolerance: "5 secs from now" }],
  ["a tolerance with a sign and from now", good, { clockTolerance: "+ 5 s from now" }],
  ["a tolerance that is ago", good, { clockTolerance: "5 s ago" }],
  ["a tolerance below zero", good, { clockTolerance: -1 }],
  ["an age that is none", makeToken(key, { iat: NOW }), { maxTokenAge: "x" }],
  ["an audience that is null", good, { audience: null }],
  ["a subject that is null", good, { subject: null }],
];

// jose.md, "What differs".
const stricter = [
  ["HS256 with a public key", signed({ alg: "HS256" }, {}, key), {}, "TypeError", "ERR_JOSE_NOT_SUPPORTED"],
  ["a subject as a number, not compared", makeToken(key, { sub: 5 }), {}, "ok", "ERR_JWT_CLAIM_VALIDATION_FAILED"],
  ["a member twice", signed({ alg: "RS256" }, '{"sub":"a","sub":"b"}', key), {}, "ok", "ERR_JWS_INVALID"],
  ["base64url that is not canonical", `${good.slice(0, -1)}${good.endsWith("Q") ? "R" : String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`, {}, "ok", "ERR_JWS_INVALID"],
  ["a critical extension that the options know", signed({ alg: "RS256", crit: ["x"], x: 1 }, {}, key), { crit: { x: true } }, "ok", "ERR_JOSE_NOT_SUPPORTED"],
  ["an issuer that is null", good, { issuer: null }, "ERR_JWT_CLAIM_VALIDATION_FAILED", "TypeError"],
  ["a token of more than 64 KiB", makeToken(key, { text: "x".repeat(70_000) }), {}, "ok", "ERR_JWS_INVALID"],
];

const withKey = (it, token, options) => outcome(async () => it.jwtVerify(token, await it.importSPKI(spki, "RS256"), { currentDate, ...options }));

describe("jwtVerify", () => {
  for (const [title, token, options] of cases) {
    test(title, async () => assert.deepEqual(await withKey(bridge, token, options), await withKey(jose, token, options)));
  }

  for (const [title, token, options, theirs, ours] of stricter) {
    test(`is stricter: ${title}`, async () => {
      const word = ({ payload, code, name }) => code ?? name ?? (payload && "ok");
      assert.deepEqual([await withKey(jose, token, options), await withKey(bridge, token, options)].map(word), [theirs, ours]);
    });
  }

  test("reads the clock where no date is given", async () => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const { payload } = await bridge.jwtVerify(makeToken(key, { exp }), key.jwk);
    assert.equal(payload.exp, exp);
    await assert.rejects(bridge.jwtVerify(makeToken(key, { exp: exp - 120 }), key.jwk), bridge.errors.JWTExpired);
  });

  test("gives a payload that may be changed", async () => {
    const { payload } = await bridge.jwtVerify(good, key.jwk, { currentDate });
    payload.roles.push("b");
    assert.deepEqual((await bridge.jwtVerify(good, key.jwk, { currentDate })).payload.roles, ["a"]);
  });
});

describe("a key", () => {
  const subtle = (options = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, extractable = true, usages = ["verify"]) => crypto.subtle.importKey("jwk", { ...key.jwk, alg: undefined }, options, extractable, usages);
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const small = makeKey("k1", { modulusLength: 1024 });
  for (const [title, make] of [
    ["as a CryptoKey", () => subtle()],
    ["as a KeyObject", () => key.publicKey],
    ["as a JWK", () => key.jwk],
    ["as a JWK without a kid", () => ({ ...key.jwk, kid: undefined })],
    ["by importJWK", (it) => it.importJWK(key.jwk)],
    ["by importJWK without an alg, which is given", (it) => it.importJWK({ ...key.jwk, alg: undefined }, "RS256")],
    ["by importJWK without an alg", (it) => it.importJWK({ ...key.jwk, alg: undefined })],
    ["by importJWK with something else", (it) => it.importJWK("key")],
    ["by a function", () => async () => key.jwk],
    ["by a function that fails", () => async () => { throw new TypeError("no"); }],
    ["of another hash", () => subtle({ name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" })],
    ["that verifies nothing", () => subtle(undefined, true, [])],
    ["for encryption", () => ({ ...key.jwk, use: "enc" })],
    ["for signatures, whose operations are others", () => ({ ...key.jwk, use: "sig", key_ops: ["encrypt"] })],
    ["whose operations are none", () => ({ ...key.jwk, key_ops: [] })],
    ["whose operations are no list", () => ({ ...key.jwk, key_ops: "verify" })],
    ["whose operations name one twice", (it) => it.importJWK({ ...key.jwk, key_ops: ["verify", "verify"] })],
    ["that verifies, by its operations", () => ({ ...key.jwk, use: undefined, key_ops: ["verify"] })],
    ["that is private", () => key.privateKey],
    ["that is a secret", () => new Uint8Array(32)],
    ["that is none", () => undefined],
    ["that is text", () => spki],
    ["of 1024 bits", () => small.publicKey],
    ["in PEM that is none", (it) => it.importSPKI("no key", "RS256")],
  ]) {
    test(title, async () => {
      const [theirs, mine] = await Promise.all([jose, bridge].map((it) => outcome(async () => it.jwtVerify(good, await make(it), { currentDate }))));
      assert.deepEqual(mine, theirs);
    });
  }

  test("for another algorithm is not supported", async () => {
    await assert.rejects(bridge.jwtVerify(good, ec.publicKey, { currentDate }), TypeError);
    await assert.rejects(bridge.importSPKI(spki, "PS256"), { code: "ERR_JOSE_NOT_SUPPORTED" });
    await assert.rejects(bridge.importJWK({ ...key.jwk, alg: "RS512" }), { code: "ERR_JOSE_NOT_SUPPORTED" });
    await assert.rejects(bridge.importJWK({ kty: "oct", k: "AA", alg: "HS256" }), { code: "ERR_JOSE_NOT_SUPPORTED" });
  });

  test("for encryption is not imported either", async () => {
    await assert.rejects(bridge.importJWK({ ...key.jwk, use: "enc" }), TypeError);
    await assert.rejects(bridge.importJWK({ ...key.jwk, key_ops: ["encrypt"] }), TypeError);
  });

  test("verifies tokens of any kid, as it does with jose", async () => {
    for (const kid of [undefined, "", "k1", "another", "x".repeat(256), "\u{1F511}"]) {
      const { payload } = await bridge.jwtVerify(makeToken(key, {}, { kid }), key.jwk, { currentDate });
      assert.equal(payload.aud, "api");
    }
    for (const kid of [5, null, "x".repeat(257)]) {
      await assert.rejects(bridge.jwtVerify(makeToken(key, {}, { kid }), key.jwk, { currentDate }), { code: "ERR_JWS_INVALID" });
    }
  });
});

describe("createLocalJWKSet", () => {
  const bare = ({ jwk: { kty, n, e } }) => ({ kty, n, e });
  for (const [title, set, token = good] of [
    ["finds the key by its kid", jwks],
    ["finds the second key", jwks, makeToken(other)],
    ["finds the only key without a kid", { keys: [key.jwk] }, makeToken(key, {}, { kid: undefined })],
    ["finds several keys without a kid", jwks, makeToken(key, {}, { kid: undefined })],
    ["finds none", jwks, makeToken(key, {}, { kid: "k3" })],
    ["takes no key without a kid for one with a kid", { keys: [bare(key)] }],
    ["passes over keys of other uses", { keys: [{ ...key.jwk, use: "enc" }] }],
    ["passes over keys of other algorithms", { keys: [{ ...key.jwk, alg: "PS256" }] }],
    ["passes over keys for other operations", { keys: [{ ...key.jwk, key_ops: ["sign"] }] }],
    ["passes over keys of other types", { keys: [{ kty: "EC", kid: "k1" }] }],
    ["is empty", { keys: [] }],
    ["is no set", {}],
    ["is a list", [key.jwk]],
    ["is nothing", undefined],
    ["has a key that is none", { keys: [5] }],
    ["is asked for another algorithm", jwks, `${encode({ alg: "HS256", kid: "k1" })}.${body}.${signature}`],
  ]) {
    test(title, async () => {
      const [theirs, mine] = await Promise.all([jose, bridge].map((it) => outcome(async () => it.jwtVerify(token, it.createLocalJWKSet(set), { currentDate }))));
      assert.deepEqual(mine, theirs);
    });
  }

  test("lets the keys be tried where there are several, and gives the set back", async () => {
    const set = bridge.createLocalJWKSet(jwks);
    const token = makeToken(other, {}, { kid: undefined });
    const found = [];
    await bridge.jwtVerify(token, set, { currentDate }).catch(async (error) => {
      assert.ok(error instanceof bridge.errors.JWKSMultipleMatchingKeys);
      for await (const candidate of error) found.push(await bridge.jwtVerify(token, candidate, { currentDate }).then(() => "ok", ({ code }) => code));
    });
    assert.deepEqual(found, ["ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "ok"]);
    assert.deepEqual(set.jwks(), jwks);
  });
});

describe("createRemoteJWKSet", () => {
  const url = (publisher) => new URL(publisher.url);
  const remote = (it, address, options) => it.createRemoteJWKSet(address, { cooldownDuration: 0, ...options });
  for (const [title, answer, options] of [
    ["a set", json(jwks)],
    ["a set without the key", json({ keys: [other.jwk] })],
    ["a status that is none", (_, response) => response.writeHead(500).end()],
    ["a redirect", (_, response) => response.writeHead(302, { location: "/" }).end()],
    ["an object that is no set", json({})],
    ["no answer", () => {}, { timeoutDuration: 200 }],
    ["a connection that breaks", (_, response) => response.destroy()],
  ]) {
    test(`gets ${title}`, async (context) => {
      const publisher = await publish(context, answer);
      const [theirs, mine] = await Promise.all([jose, bridge].map((it) => outcome(() => it.jwtVerify(good, remote(it, url(publisher), options), { currentDate }))));
      assert.deepEqual(mine, theirs);
    });
  }

  test("gets a new key by a token that names it", async (context) => {
    const publisher = await publish(context, json({ keys: [key.jwk] }));
    const set = remote(bridge, url(publisher));
    await bridge.jwtVerify(good, set, { currentDate });
    publisher.answer = json(jwks);
    const { key: found } = await bridge.jwtVerify(makeToken(other), set, { currentDate });
    assert.equal(found.type, "public");
    assert.deepEqual(set.jwks(), jwks);
    assert.deepEqual([set.fresh, set.coolingDown, set.reloading], [true, false, false]);
    await set.reload();
    assert.equal(publisher.requests.length, 3);
  });

  for (const cacheMaxAge of [undefined, Infinity]) {
    test(`keeps the set where jose's users keep it, for ${cacheMaxAge ?? "its time"}`, async (context) => {
      const publisher = await publish(context, json(jwks));
      const cache = {};
      const verify = () => bridge.jwtVerify(good, remote(bridge, url(publisher), { [bridge.jwksCache]: cache, cacheMaxAge }), { currentDate });
      await verify();
      assert.deepEqual(cache.jwks, jwks);
      assert.ok(Math.abs(Date.now() - cache.uat) < 60_000);
      await verify();
      assert.equal(publisher.requests.length, 1);
    });
  }

  test("takes another fetch and headers", async () => {
    const asked = [];
    const customFetch = async (address, { method, headers, redirect }) => {
      asked.push([address, method, headers.get("x-key"), redirect]);
      return Response.json(jwks);
    };
    await bridge.jwtVerify(good, remote(bridge, new URL("https://issuer.example/jwks"), { headers: { "x-key": "1" }, [bridge.customFetch]: customFetch }), { currentDate });
    assert.deepEqual(asked, [["https://issuer.example/jwks", "GET", "1", "manual"]]);
    const failing = (cause) => remote(bridge, new URL("https://issuer.example/jwks"), { [bridge.customFetch]: async () => Promise.reject(cause) });
    await assert.rejects(bridge.jwtVerify(good, failing(new RangeError("x")), { currentDate }), RangeError);
    await assert.rejects(bridge.jwtVerify(good, failing(undefined), { currentDate }), { code: "fetch_failed" });
    assert.throws(() => bridge.createRemoteJWKSet("https://issuer.example/jwks"), TypeError);
  });
});

describe("what is read without a key", () => {
  for (const [name, inputs] of [
    ["decodeJwt", [good, "", "a.b", "a.b.c.d.e", `a.${encode([1])}.c`, `a.${encode("x")}.c`, "a.b+.c", "a..c", 5, undefined]],
    ["decodeProtectedHeader", [good, "a.b.c.d.e", "", "a.b", 5, null, undefined, {}, { protected: head }, { protected: 5 }, `${encode([1])}.b.c`]],
  ]) {
    test(`${name} reads and refuses what jose does`, () => {
      const said = (it) => inputs.map((input) => {
        try {
          return it[name](input);
        } catch ({ name: error, code }) {
          return code ?? error;
        }
      });
      assert.deepEqual(said(bridge), said(jose));
    });
  }
});

test("the errors have the names, codes and members that users catch", () => {
  for (const [name, ours] of Object.entries(bridge.errors)) {
    const theirs = jose.errors[name];
    const members = (Class) => {
      const error = new Class("message", {}, "exp", "missing");
      return [error.name, error.code, Class.code, error.claim, error.reason, error instanceof Error];
    };
    assert.deepEqual(members(ours), members(theirs), name);
    assert.ok(new ours("m") instanceof bridge.errors.JOSEError);
  }
});

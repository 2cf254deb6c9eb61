// The manners of the package, through its built form.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";

import { KeySet, KeySetError, ValidationError, Validator, engine } from "../dist/node.mjs";
import { initSync } from "../dist/relaxed/keystile.js";

const NOW = 1_800_000_000;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: "RS256" }] };

/** A token that Node's own cryptography signs. */
function token(claims = {}, header = {}) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = { iss: "https://issuer.example", aud: "api", exp: NOW + 60, ...claims };
  const input = `${encode({ alg: "RS256", kid: "k1", ...header })}.${encode(all)}`;
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

const policy = { issuer: "https://issuer.example", audience: "api", now: () => NOW };
const validator = new Validator(KeySet.fromJwks(jwks), policy);

test("the fastest arithmetic runs that this machine does right", () => {
  assert.ok(["fused", "simd128"].includes(engine()), engine());
});

describe("a token", () => {
  test("that is believed gives its header and claims", () => {
    const { header, claims, ...rest } = validator.validate(token({ sub: "Zoë \u{1F511}", nested: { a: [1] } }));
    assert.deepEqual(header, { alg: "RS256", kid: "k1" });
    assert.deepEqual(claims, { iss: policy.issuer, aud: "api", exp: NOW + 60, sub: "Zoë \u{1F511}", nested: { a: [1] } });
    assert.deepEqual(rest, {});
    assert.deepEqual(Object.keys(validator.check(token())), ["ok", "header", "claims"]);
  });

  test("that is refused is thrown as an error with its code, claim and reason", () => {
    assert.throws(() => validator.validate(token({ exp: NOW - 31 })), (error) => {
      assert.ok(error instanceof ValidationError && error instanceof Error);
      assert.deepEqual([error.name, error.code, error.claim, error.reason], ["ValidationError", "token_expired", "exp", "mismatch"]);
      assert.match(error.message, /^the token has expired/);
      return true;
    });
  });

  test("that is refused is told by check without throwing", () => {
    const { message, ...refusal } = validator.check(token({ iss: undefined }));
    assert.deepEqual(refusal, { ok: false, code: "claim_missing", claim: "iss", reason: "missing" });
    assert.equal(typeof message, "string");
    assert.deepEqual([validator.check("a.b").claim, validator.check("a.b").reason], [null, null]);
  });

  test("that is not a string is refused like one that is none", () => {
    for (const value of [undefined, null, 0, 1n, true, {}, [], Symbol("s"), new String(token()), Buffer.from(token())]) {
      assert.equal(validator.check(value).code, "token_malformed");
      assert.throws(() => validator.validate(value), { name: "ValidationError", code: "token_malformed" });
    }
  });

  test("with characters that UTF-8 cannot express is refused", () => {
    for (const hostile of ["\ud800", `${token()}\ud800`, `${token()}\0`, `é${token()}`]) {
      assert.equal(validator.check(hostile).ok, false);
    }
  });

  test("with members named like those of every object does not change them", () => {
    const { claims } = validator.validate(token(JSON.parse('{"__proto__":{"admin":true},"constructor":1}')));
    assert.equal(claims.admin, undefined);
    assert.equal({}.admin, undefined);
  });

  test("cannot reach into the verdict around it", () => {
    const { ok, claims } = validator.check(token({ ok: false, code: "x", claims: "mine" }));
    assert.deepEqual([ok, claims.ok, claims.claims], [true, false, "mine"]);
  });

  test("is judged the same the second time", () => {
    const expired = token({ exp: NOW - 31 });
    assert.deepEqual(validator.check(expired), validator.check(expired));
    assert.equal(validator.check(token()).ok && validator.check(token()).ok, true);
  });
});

describe("an option", () => {
  const make = (options) => () => new Validator(KeySet.fromJwks(jwks), options);

  test("that decides whose tokens are taken cannot be left out", () => {
    for (const options of [undefined, {}, { audience: null }, { ...policy, issuer: undefined }]) {
      assert.throws(make(options), { name: "TypeError", message: /^option `issuer` is missing; give what is expected, or `null`/ });
    }
    assert.throws(make({ issuer: "a" }), { name: "TypeError", message: /^option `audience` is missing/ });
  });

  test("of null says that it is not checked", () => {
    const lenient = new Validator(KeySet.fromJwks(jwks), { ...policy, issuer: null, audience: null });
    assert.equal(lenient.check(token({ iss: "anyone", aud: undefined })).ok, true);
  });

  test("that does not exist is an error, wherever it stands", () => {
    assert.throws(make({ ...policy, leway: 1 }), { name: "TypeError", message: /^unknown option `leway`/ });
    assert.throws(make({ ...policy, limits: { tokens: 1 } }), { message: /^unknown option `limits.tokens`/ });
    assert.throws(() => KeySet.fromJwks(jwks, { limit: {} }), { message: /^unknown option `limit`/ });
    assert.throws(() => KeySet.fromSigned("", jwks, { issuer: "a", flor: 1 }), { message: /^unknown option `flor`/ });
  });

  test("of the wrong type is an error that names it", () => {
    for (const [name, value] of [
      ["issuer", 1],
      ["issuer", []],
      ["audience", ["a", 1]],
      ["leeway", -1],
      ["leeway", 1.5],
      ["leeway", NaN],
      ["leeway", Infinity],
      ["leeway", "30"],
      ["leeway", null],
      ["requiredClaims", "exp"],
      ["typ", []],
      ["maxTokenAge", {}],
      ["allowMissingKid", "true"],
      ["limits", { tokenBytes: 1 << 20 }],
      ["limits", { exponents: "any" }],
      ["limits", null],
      ["now", 1_800_000_000],
    ]) {
      assert.throws(make({ ...policy, [name]: value }), { name: "TypeError" }, `${name}: ${String(value)}`);
    }
  });

  test("of undefined counts as left out", () => {
    assert.doesNotThrow(make({ ...policy, leeway: undefined, typ: undefined, limits: undefined }));
  });

  test("is heeded", () => {
    const verdict = (options, ...args) => {
      const { ok, code } = new Validator(KeySet.fromJwks(jwks), { ...policy, ...options }).check(token(...args));
      return ok ? "ok" : code;
    };
    assert.equal(verdict({ leeway: 0 }, { exp: NOW }), "token_expired");
    assert.equal(verdict({ leeway: 1 }, { exp: NOW }), "ok");
    assert.equal(verdict({ requiredClaims: [] }, { exp: undefined }), "ok");
    assert.equal(verdict({ requiredClaims: ["sub"] }), "claim_missing");
    assert.equal(verdict({ typ: "at+jwt" }, {}, { typ: "application/AT+JWT" }), "ok");
    assert.equal(verdict({ typ: ["at+jwt"] }, {}, { typ: "JWT" }), "typ_mismatch");
    assert.equal(verdict({ maxTokenAge: 10 }, { iat: NOW - 60 }), "token_too_old");
    assert.equal(verdict({}, {}, { kid: undefined }), "kid_missing");
    assert.equal(verdict({ allowMissingKid: true }, {}, { kid: undefined }), "ok");
    assert.equal(verdict({ audience: ["other", "api"] }), "ok");
    assert.equal(verdict({ limits: { tokenBytes: 100 } }), "token_too_large");
  });
});

test("the clock is asked for every token, and must count seconds", () => {
  let now = NOW;
  const clocked = new Validator(KeySet.fromJwks(jwks), { ...policy, now: () => now });
  const kept = token();
  assert.equal(clocked.check(kept).ok, true);
  now += 100;
  assert.equal(clocked.check(kept).code, "token_expired");
  for (now of [NaN, -1, Infinity, undefined, "1800000000", Date.now()]) {
    assert.throws(() => clocked.check(kept), { name: "TypeError", message: /`now` must be in seconds since 1970/ });
  }
});

describe("a key set", () => {
  test("can be read from an object, from text and from PEM", () => {
    const spki = publicKey.export({ type: "spki", format: "pem" });
    assert.deepEqual(KeySet.fromJwks(jwks).kids, ["k1"]);
    assert.deepEqual(KeySet.fromJwks(JSON.stringify(jwks)).kids, ["k1"]);
    const [thumbprint] = KeySet.fromPem(spki).kids;
    assert.deepEqual(KeySet.fromPem([spki]).kids, [thumbprint]);
    assert.deepEqual(KeySet.fromPem(spki).toJwks().keys.map(({ n, kid }) => [n, kid]), [[jwks.keys[0].n, thumbprint]]);
    assert.deepEqual([KeySet.fromJwks(jwks).size, KeySet.fromJwks(jwks).version], [1, undefined]);
  });

  test("that cannot be used is an error with a code", () => {
    assert.throws(() => KeySet.fromJwks({ keys: [] }), (error) => {
      assert.ok(error instanceof KeySetError && error instanceof Error);
      assert.deepEqual([error.name, error.code], ["KeySetError", "no_usable_key"]);
      return true;
    });
    assert.throws(() => KeySet.fromJwks(privateKey.export({ format: "jwk" })), { name: "KeySetError" });
    assert.throws(() => KeySet.fromPem("no key"), { name: "KeySetError", code: "pem_malformed" });
    const signed = () => KeySet.fromSigned("a.b.c", jwks, { issuer: "https://issuer.example", now: NOW });
    assert.throws(signed, { name: "KeySetError", code: "document_malformed" });
  });

  test("of the wrong type is a TypeError that says what to give", () => {
    for (const value of [undefined, null, 1, true]) {
      assert.throws(() => KeySet.fromJwks(value), { name: "TypeError", message: /`jwks` must be a JWK Set/ });
      assert.throws(() => KeySet.fromPem(value), { name: "TypeError", message: /`pem`/ });
      assert.throws(() => new Validator(value, policy), { name: "TypeError", message: /must be a `KeySet`/ });
      assert.throws(() => validator.replaceKeySet(value), { name: "TypeError" });
      assert.throws(() => KeySet.fromSigned("a.b.c", jwks, { issuer: value }), { name: "TypeError", message: /`issuer`/ });
    }
    assert.throws(() => new KeySet(), { name: "TypeError" });
  });

  test("can replace another one, and serve several validators", () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
    const own = KeySet.fromJwks(jwks);
    const [first, second] = [new Validator(own, policy), new Validator(own, policy)];
    first.replaceKeySet(KeySet.fromJwks({ keys: [{ ...other, kid: "k2" }] }));
    assert.equal(first.check(token()).code, "kid_unknown");
    assert.equal(second.check(token()).ok, true);
    first.replaceKeySet(own);
    assert.equal(first.check(token()).ok, true);
  });

  test("may be freed while its validator lives on", () => {
    const keySet = KeySet.fromJwks(jwks);
    const kept = new Validator(keySet, policy);
    keySet.free();
    assert.equal(kept.check(token()).ok, true);
    assert.throws(() => keySet.kids);
  });
});

describe("the memory of the WASM", () => {
  const { memory } = initSync();
  const kept = token();
  const pages = (work) => {
    for (let round = 0; round < 200; round += 1) work();
    const before = memory.buffer.byteLength;
    for (let round = 0; round < 3_000; round += 1) work();
    return memory.buffer.byteLength - before;
  };

  test("does not grow with judging", () => {
    assert.equal(pages(() => validator.check(kept)), 0);
    assert.equal(pages(() => validator.check(kept.slice(0, -4))), 0);
  });

  test("is returned by free", () => {
    assert.equal(pages(() => {
      const keySet = KeySet.fromJwks(jwks);
      new Validator(keySet, policy).free();
      keySet.free();
    }), 0);
  });

  test("does not take in a token that no limit allows", () => {
    const before = memory.buffer.byteLength;
    assert.equal(validator.check("a".repeat(50_000_000)).code, "token_too_large");
    assert.ok(memory.buffer.byteLength - before < 1_000_000);
  });
});

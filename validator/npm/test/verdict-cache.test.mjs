// A kept verdict must never be one that would not be given again.

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, test } from "node:test";

import { KeySet, Validator } from "../dist/node.mjs";

const NOW = 1_800_000_000;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = { ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig", alg: "RS256" };
const keySet = KeySet.fromJwks({ keys: [jwk] });

function token(claims = {}) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${encode({ alg: "RS256", kid: "k1" })}.${encode({ exp: NOW + 60, ...claims })}`;
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

/** A validator whose clock stands where `clock.now` says. */
function kept(options = {}) {
  const clock = { now: NOW };
  const validator = new Validator(keySet, { issuer: null, audience: null, now: () => clock.now, ...options });
  return { clock, validator };
}

const isKept = (validator, text) => validator.validate(text).claims === validator.validate(text).claims;

describe("a verdict", () => {
  test("is kept, and found by another string with the same text", () => {
    const { validator } = kept();
    const text = token();
    const { claims } = validator.validate(text);
    assert.equal(validator.validate(Buffer.from(text).toString()).claims, claims);
    assert.equal(validator.check(text).claims, claims);
  });

  test("is not kept where the option says so", () => {
    assert.equal(isKept(kept({ cache: false }).validator, token()), false);
  });

  test("on a refused token is not kept", () => {
    const { clock, validator } = kept();
    const text = token({ nbf: NOW + 100 });
    assert.equal(validator.check(text).code, "token_not_yet_valid");
    clock.now = NOW + 75;
    assert.equal(validator.check(text).ok, true);
  });

  const rules = [
    ["expires", { exp: NOW + 10 }, {}, NOW + 39.9, NOW + 40, "token_expired"],
    ["is not valid yet when the clock goes back", { nbf: NOW }, {}, NOW - 30, NOW - 31, "token_not_yet_valid"],
    ["becomes too old", { iat: NOW }, { maxTokenAge: 5 }, NOW + 35, NOW + 36, "token_too_old"],
    ["was issued in the future when the clock goes back", { iat: NOW }, { maxTokenAge: 5 }, NOW - 30, NOW - 31, "token_not_yet_valid"],
  ];
  for (const [what, claims, options, last, next, code] of rules) {
    test(`is asked for again when the token ${what}`, () => {
      const { clock, validator } = kept(options);
      const text = token(claims);
      assert.equal(validator.check(text).ok, true);
      clock.now = last;
      assert.equal(isKept(validator, text), true);
      clock.now = next;
      assert.equal(validator.check(text).code, code);
      clock.now = NOW;
      assert.equal(validator.check(text).ok, true, "a refusal takes nothing away");
    });
  }

  test("does not outlive the key that it stands on", () => {
    const { validator } = kept();
    const text = token();
    assert.equal(validator.check(text).ok, true);
    validator.replaceKeySet(KeySet.fromJwks({ keys: [{ ...jwk, kid: "k2" }] }));
    assert.equal(validator.check(text).code, "kid_unknown");
    validator.replaceKeySet(keySet);
    assert.equal(validator.check(text).ok, true);
  });

  test("survives a key set that is refused", () => {
    const { validator } = kept();
    const text = token();
    const { claims } = validator.validate(text);
    assert.throws(() => validator.replaceKeySet({}), TypeError);
    assert.equal(validator.validate(text).claims, claims);
  });

  test("cannot be changed by who got it", () => {
    const { validator } = kept();
    const text = token({ roles: [{ name: "reader" }], ["__proto__"]: { admin: true } });
    const { header, claims } = validator.validate(text);
    for (const change of [() => (claims.sub = "root"), () => claims.roles.push("x"), () => (claims.roles[0].name = "x"), () => (header.kid = "x")]) {
      assert.throws(change, TypeError);
    }
    const given = validator.validate(text);
    given.claims = { sub: "root" };
    assert.equal(validator.validate(text).claims.sub, undefined);
  });
});

describe("what is kept is bounded", () => {
  const texts = Array.from({ length: 12 }, (_, index) => token({ jti: `${index}` }));

  test("by entries, and what is asked for stays", () => {
    const { validator } = kept({ cache: { entries: 4 } });
    const { claims } = validator.validate(texts[0]);
    for (const text of texts.slice(1)) {
      validator.validate(text);
      assert.equal(validator.validate(texts[0]).claims, claims);
    }
    const [, second] = texts;
    const first = validator.validate(second).claims;
    for (const text of texts.slice(2)) validator.validate(text);
    assert.notEqual(validator.validate(second).claims, first);
  });

  test("by bytes", () => {
    assert.equal(isKept(kept({ cache: { bytes: 1000 } }).validator, texts[0]), false);
    assert.equal(isKept(kept({ cache: { bytes: 20_000 } }).validator, texts[0]), true);
  });

  test("and a wrong bound is said", () => {
    for (const cache of [true, null, 0, { entries: 0 }, { bytes: 1.5 }, { entrees: 5 }]) {
      assert.throws(() => kept({ cache }), { name: "TypeError", message: /cache/ });
    }
  });
});

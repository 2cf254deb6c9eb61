// A kept verdict must never be one that would not be given again.

import { equal, throws } from "./cases.mjs";
import { NOW } from "./signer.mjs";

export function verdictCache(test, { keystile, signer, stranger }) {
  const { KeySet, Validator } = keystile;
  const keySet = KeySet.fromJwks(signer.jwks);
  const token = (claims) => signer.token({ iss: undefined, aud: undefined, ...claims });
  const isKept = (validator, text) => validator.validate(text).claims === validator.validate(text).claims;

  /** A validator whose clock stands where `clock.now` says. */
  const kept = (options = {}) => {
    const clock = { now: NOW };
    return { clock, validator: new Validator(keySet, { issuer: null, audience: null, now: () => clock.now, ...options }) };
  };

  test("a verdict is kept, and found by another string with the same text", async () => {
    const { validator } = kept();
    const text = await token();
    const { claims } = validator.validate(text);
    equal(validator.validate(` ${text}`.slice(1)).claims === claims, true);
    equal(validator.check(text).claims === claims, true);
  });

  test("a verdict is not kept where the option says so", async () => {
    equal(isKept(kept({ cache: false }).validator, await token()), false);
  });

  test("a verdict on a refused token is not kept", async () => {
    const { clock, validator } = kept();
    const text = await token({ exp: NOW + 200, nbf: NOW + 100 });
    equal(validator.check(text).code, "token_not_yet_valid");
    clock.now = NOW + 75;
    equal(validator.check(text).ok, true);
  });

  for (const [what, claims, options, last, next, code] of [
    ["expires", { exp: NOW + 10 }, {}, NOW + 39.9, NOW + 40, "token_expired"],
    ["is not valid yet when the clock goes back", { nbf: NOW }, {}, NOW - 30, NOW - 31, "token_not_yet_valid"],
    ["becomes too old", { iat: NOW }, { maxTokenAge: 5 }, NOW + 35, NOW + 36, "token_too_old"],
    ["was issued in the future when the clock goes back", { iat: NOW }, { maxTokenAge: 5 }, NOW - 30, NOW - 31, "token_not_yet_valid"],
  ]) {
    test(`a verdict is asked for again when the token ${what}`, async () => {
      const { clock, validator } = kept(options);
      const text = await token(claims);
      equal(validator.check(text).ok, true);
      clock.now = last;
      equal(isKept(validator, text), true);
      clock.now = next;
      equal(validator.check(text).code, code);
      clock.now = NOW;
      equal(validator.check(text).ok, true);
    });
  }

  test("a verdict does not outlive the key that it stands on", async () => {
    const { validator } = kept();
    const text = await token();
    equal(validator.check(text).ok, true);
    validator.replaceKeySet(KeySet.fromJwks(stranger.jwks));
    equal(validator.check(text).code, "kid_unknown");
    validator.replaceKeySet(keySet);
    equal(validator.check(text).ok, true);
  });

  test("a verdict survives a key set that is refused", async () => {
    const { validator } = kept();
    const text = await token();
    const { claims } = validator.validate(text);
    throws(() => validator.replaceKeySet({}), { name: "TypeError" });
    equal(validator.validate(text).claims === claims, true);
  });

  test("a verdict cannot be changed by who got it", async () => {
    const { validator } = kept();
    const text = await token(JSON.parse('{"roles":[{"name":"reader"}],"__proto__":{"admin":true}}'));
    const { header, claims } = validator.validate(text);
    for (const change of [() => (claims.sub = "root"), () => claims.roles.push("x"), () => (claims.roles[0].name = "x"), () => (header.kid = "x")]) {
      throws(change, { name: "TypeError" });
    }
    const given = validator.validate(text);
    given.claims = { sub: "root" };
    equal(validator.validate(text).claims.sub, undefined);
  });

  test("what is kept is bounded by entries, and what is asked for stays", async () => {
    const texts = await Promise.all(Array.from({ length: 12 }, (_, index) => token({ jti: `${index}` })));
    const { validator } = kept({ cache: { entries: 4 } });
    const { claims } = validator.validate(texts[0]);
    for (const text of texts.slice(1)) {
      validator.validate(text);
      equal(validator.validate(texts[0]).claims === claims, true);
    }
    const [, second] = texts;
    const first = validator.validate(second).claims;
    for (const text of texts.slice(2)) validator.validate(text);
    equal(validator.validate(second).claims === first, false);
  });

  test("what is kept is bounded by bytes", async () => {
    const text = await token();
    equal(isKept(kept({ cache: { bytes: 1000 } }).validator, text), false);
    equal(isKept(kept({ cache: { bytes: 20_000 } }).validator, text), true);
  });

  test("a wrong bound of what is kept is said", () => {
    for (const cache of [true, null, 0, { entries: 0 }, { bytes: 1.5 }, { entrees: 5 }]) {
      throws(() => kept({ cache }), { name: "TypeError", message: /cache/ });
    }
  });
}

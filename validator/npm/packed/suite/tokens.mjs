// What the caller gets for a token, and what the options and the clock may be.

import { equal, ok, throws } from "./cases.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

export function tokens(test, { keystile, signer }) {
  const { KeySet, ValidationError, Validator } = keystile;
  const policy = { issuer: ISSUER, audience: AUDIENCE, now: () => NOW };
  const keySet = KeySet.fromJwks(signer.jwks);
  const validator = new Validator(keySet, policy);
  const make = (options) => () => new Validator(keySet, options);

  test("the fastest arithmetic runs that this machine does right", () => {
    ok(["fused", "simd128"].includes(keystile.engine()), keystile.engine());
  });

  test("a token that is believed gives its header and claims", async () => {
    const { header, claims, ...rest } = validator.validate(await signer.token({ sub: "Zoë \u{1F511}", nested: { a: [1] } }));
    equal(header, { alg: "RS256", kid: "k1" });
    equal(claims, { iss: ISSUER, aud: AUDIENCE, exp: NOW + 60, sub: "Zoë \u{1F511}", nested: { a: [1] } });
    equal(rest, {});
    equal(Object.keys(validator.check(await signer.token())), ["ok", "header", "claims"]);
  });

  test("a token that is refused is thrown as an error with its code, claim and reason", async () => {
    const expired = await signer.token({ exp: NOW - 31 });
    const wanted = { name: "ValidationError", code: "token_expired", claim: "exp", reason: "mismatch", message: /^the token has expired/ };
    const error = throws(() => validator.validate(expired), wanted);
    ok(error instanceof ValidationError && error instanceof Error, "an Error of our own class");
    ok(!error.message.includes(expired.slice(0, 20)), "nothing of the token is repeated");
  });

  test("a token that is refused is told by check without throwing", async () => {
    const { message, ...refusal } = validator.check(await signer.token({ iss: undefined }));
    equal(refusal, { ok: false, code: "claim_missing", claim: "iss", reason: "missing" });
    equal(typeof message, "string");
    equal([validator.check("a.b").claim, validator.check("a.b").reason], [null, null]);
  });

  test("each of the three reasons is told with its claim", async () => {
    const said = async (claims) => {
      const { code, claim, reason } = validator.check(await signer.token(claims));
      return [code, claim, reason];
    };
    equal(await said({ exp: undefined }), ["claim_missing", "exp", "missing"]);
    equal(await said({ aud: "other" }), ["audience_mismatch", "aud", "mismatch"]);
    equal(await said({ nbf: "soon" }), ["claim_malformed", "nbf", "malformed"]);
  });

  test("a token that is not a string is refused like one that is none", async () => {
    const token = await signer.token();
    const bytes = new TextEncoder().encode(token);
    for (const value of [undefined, null, 0, 1n, true, {}, [], [token], Symbol("s"), new String(token), { toString: () => token }, bytes, bytes.buffer]) {
      equal(validator.check(value).code, "token_malformed");
      throws(() => validator.validate(value), { name: "ValidationError", code: "token_malformed" });
    }
  });

  test("a token with characters that UTF-8 cannot express is refused", async () => {
    const token = await signer.token();
    for (const hostile of ["\ud800", `${token}\ud800`, `${token}\0`, `é${token}`, `${token}\n`, ` ${token}`, `\ufeff${token}`]) {
      equal(validator.check(hostile).ok, false);
    }
  });

  test("a token with members named like those of every object does not change them", async () => {
    const { claims } = validator.validate(await signer.token(JSON.parse('{"__proto__":{"admin":true},"constructor":1}')));
    equal(claims.admin, undefined);
    equal({}.admin, undefined);
  });

  test("a token cannot reach into the verdict around it", async () => {
    const { ok: accepted, claims } = validator.check(await signer.token({ ok: false, code: "x", claims: "mine" }));
    equal([accepted, claims.ok, claims.claims], [true, false, "mine"]);
  });

  test("a token is judged the same the second time", async () => {
    const expired = await signer.token({ exp: NOW - 31 });
    equal(validator.check(expired), validator.check(expired));
    const good = await signer.token();
    ok(validator.check(good).ok && validator.check(good).ok, "believed twice");
  });

  test("a token with one character changed anywhere is refused", async () => {
    const token = await signer.token();
    for (let at = 0; at < token.length; at += 7) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      equal(validator.check(changed).ok, false, `at ${at}`);
    }
  });

  test("an option that decides whose tokens are taken cannot be left out", () => {
    for (const options of [undefined, {}, { audience: null }, { ...policy, issuer: undefined }]) {
      throws(make(options), { name: "TypeError", message: /^option `issuer` is missing; give what is expected, or `null`/ });
    }
    throws(make({ issuer: "a" }), { name: "TypeError", message: /^option `audience` is missing/ });
  });

  test("an option of null says that it is not checked", async () => {
    const lenient = new Validator(keySet, { ...policy, issuer: null, audience: null });
    equal(lenient.check(await signer.token({ iss: "anyone", aud: undefined })).ok, true);
  });

  test("an option that does not exist is an error, wherever it stands", () => {
    throws(make({ ...policy, leway: 1 }), { name: "TypeError", message: /^unknown option `leway`/ });
    throws(make({ ...policy, algorithms: ["none"] }), { name: "TypeError", message: /^unknown option `algorithms`/ });
    throws(make({ ...policy, limits: { tokens: 1 } }), { message: /^unknown option `limits.tokens`/ });
    throws(() => KeySet.fromJwks(signer.jwks, { limit: {} }), { message: /^unknown option `limit`/ });
    throws(() => KeySet.fromSigned("", signer.jwks, { issuer: "a", flor: 1 }), { message: /^unknown option `flor`/ });
  });

  test("an option of the wrong type is an error that names it", () => {
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
      ["cache", true],
    ]) {
      throws(make({ ...policy, [name]: value }), { name: "TypeError" }, `${name}: ${JSON.stringify(value)}`);
    }
  });

  test("an option of undefined counts as left out", () => {
    make({ ...policy, leeway: undefined, typ: undefined, limits: undefined })();
  });

  test("an option is heeded", async () => {
    const verdict = async (options, ...args) => {
      const { ok, code } = make({ ...policy, ...options })().check(await signer.token(...args));
      return ok ? "ok" : code;
    };
    equal(await verdict({ leeway: 0 }, { exp: NOW }), "token_expired");
    equal(await verdict({ leeway: 1 }, { exp: NOW }), "ok");
    equal(await verdict({ requiredClaims: [] }, { exp: undefined }), "ok");
    equal(await verdict({ requiredClaims: ["sub"] }), "claim_missing");
    equal(await verdict({ typ: "at+jwt" }, {}, { typ: "application/AT+JWT" }), "ok");
    equal(await verdict({ typ: ["at+jwt"] }, {}, { typ: "JWT" }), "typ_mismatch");
    equal(await verdict({ maxTokenAge: 10 }, { iat: NOW - 60 }), "token_too_old");
    equal(await verdict({}, {}, { kid: undefined }), "kid_missing");
    equal(await verdict({ allowMissingKid: true }, {}, { kid: undefined }), "ok");
    equal(await verdict({ audience: ["other", AUDIENCE] }), "ok");
    equal(await verdict({ limits: { tokenBytes: 100 } }), "token_too_large");
  });

  test("the clock is asked for every token, and must count seconds", async () => {
    let now = NOW;
    const clocked = new Validator(keySet, { ...policy, now: () => now });
    const token = await signer.token();
    equal(clocked.check(token).ok, true);
    now += 100;
    equal(clocked.check(token).code, "token_expired");
    for (now of [NaN, -1, Infinity, undefined, "1800000000", NOW * 1000]) {
      throws(() => clocked.check(token), { name: "TypeError", message: /`now` must be in seconds since 1970/ });
    }
  });

  test("the clock is the system's where none is given", async () => {
    const system = new Validator(keySet, { issuer: null, audience: null });
    const now = Math.floor(Date.now() / 1000);
    equal(system.check(await signer.token({ exp: now + 60 })).ok, true);
    equal(system.check(await signer.token({ exp: now - 60 })).code, "token_expired");
  });
}

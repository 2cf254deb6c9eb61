// The rows of tests/attacks.json that are about this package rather than about a token.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { KeySet, KeySetError, ValidationError, Validator } from "../dist/node.mjs";

const vectors = new URL("../../../tests/vectors/", import.meta.url);
const { key_set, policy } = JSON.parse(readFileSync(new URL("001-a-valid-token-is-accepted.json", vectors), "utf8"));

test("there is no option for algorithms, none included", () => {
  const { issuer, audience } = policy;
  for (const option of ["alg", "algorithm", "algorithms", "allowNone", "complete", "key", "secret"]) {
    assert.throws(() => new Validator(KeySet.fromJwks(key_set.jwks), { issuer, audience, [option]: ["none"] }), {
      name: "TypeError",
      message: new RegExp(`^unknown option \`${option}\``),
    });
  }
});

test("the module of the package asks its host for nothing that reaches a network", () => {
  for (const build of ["relaxed", "simd"]) {
    const wasm = readFileSync(new URL(`../dist/${build}/keystile_bg.wasm`, import.meta.url));
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm)).map(({ name }) => name);
    assert.deepEqual(imports.filter((name) => /fetch|socket|http|url|request|import|eval/i.test(name)), [], build);
    assert.ok(imports.length > 0);
  }
});

/** Values that a program in a hurry, or its attacker, may hand over in the place of any other. */
function strangeValues() {
  const refuse = () => {
    throw new RangeError("of the caller");
  };
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const cyclic = { keys: [] };
  cyclic.keys.push(cyclic);
  const values = [null, 1, NaN, 1n, Symbol("a"), () => {}, [], [Symbol("a")], new Array(1e5), "", "a", "\ud800", "\0", new String("a.b.c"), new Map(), detached, cyclic];
  values.push("a".repeat(2 ** 20), Object.create(null), new Proxy({}, { get: refuse, has: refuse, ownKeys: refuse, getPrototypeOf: refuse }));
  values.push({ get keys() { return refuse(); }, get issuer() { return refuse(); } }, { toJSON: refuse, toString: refuse });
  return values;
}

test("a strange value in the place of a token is a token that is refused", () => {
  const validator = new Validator(KeySet.fromJwks(key_set.jwks), { issuer: "a", audience: "b" });
  for (const value of [undefined, ...strangeValues()]) {
    assert.equal(validator.check(value).ok, false);
    assert.throws(() => validator.validate(value), ValidationError);
  }
});

test("a strange value in the place of anything else is an error of ours, or of the value itself", () => {
  const { jwks } = key_set;
  const keySet = KeySet.fromJwks(jwks);
  const policy = { issuer: "a", audience: "b" };
  const isExpected = (error) => error instanceof TypeError || error instanceof KeySetError || error.message === "of the caller";
  for (const value of strangeValues()) {
    const places = [() => KeySet.fromJwks(value), () => KeySet.fromPem(value), () => KeySet.fromPem([value]), () => new KeySet(value)];
    places.push(() => KeySet.fromSigned(value, jwks, { issuer: "a" }), () => KeySet.fromSigned("a.b.c", value, { issuer: "a" }));
    places.push(() => KeySet.fromSigned("a.b.c", jwks, value), () => new Validator(value, policy), () => new Validator(keySet, value));
    places.push(() => new Validator(keySet, { ...policy, now: value }).check("a.b.c"));
    for (const place of places) {
      if (typeof value !== "function") assert.throws(place, isExpected, String(place));
    }
    for (const option of ["leeway", "requiredClaims", "typ", "maxTokenAge", "allowMissingKid", "limits", "cache"]) {
      try {
        new Validator(keySet, { ...policy, [option]: value });
      } catch (error) {
        assert.ok(isExpected(error), `${option}: ${error}`);
      }
    }
  }
});

test("what all objects inherit is no option", () => {
  const inherited = { allowMissingKid: true, leeway: 1e9, requiredClaims: ["never"], limits: 5, cache: 5 };
  const { token, now } = JSON.parse(readFileSync(new URL("001-a-valid-token-is-accepted.json", vectors), "utf8"));
  const code = (at) => {
    const validator = new Validator(KeySet.fromJwks(key_set.jwks), { issuer: null, audience: null, now: () => at });
    return validator.check(token).code;
  };
  Object.assign(Object.prototype, inherited);
  try {
    assert.deepEqual([code(now), code(now + 1e6)], [undefined, "token_expired"]);
  } finally {
    for (const name of Object.keys(inherited)) delete Object.prototype[name];
  }
});

// How key sets are made, replaced and given back.

import { equal, ok, throws } from "./cases.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

export function keySets(test, { keystile, material, signer, stranger }) {
  const { KeySet, KeySetError, Validator } = keystile;
  const policy = { issuer: ISSUER, audience: AUDIENCE, now: () => NOW };

  test("a key set can be read from an object, from text and from PEM", async () => {
    equal(KeySet.fromJwks(signer.jwks).kids, ["k1"]);
    equal(KeySet.fromJwks(JSON.stringify(signer.jwks)).kids, ["k1"]);
    const [thumbprint] = KeySet.fromPem(signer.pem).kids;
    equal(KeySet.fromPem([signer.pem]).kids, [thumbprint]);
    equal(KeySet.fromPem(signer.pem).toJwks().keys.map(({ n, kid }) => [n, kid]), [[signer.jwk.n, thumbprint]]);
    equal([KeySet.fromJwks(signer.jwks).size, KeySet.fromJwks(signer.jwks).version], [1, undefined]);
    const validator = new Validator(KeySet.fromPem(signer.pem), policy);
    equal(validator.check(await signer.token({}, { kid: thumbprint })).ok, true);
  });

  test("a key set that cannot be used is an error with a code", () => {
    const error = throws(() => KeySet.fromJwks({ keys: [] }), { name: "KeySetError", code: "no_usable_key" });
    ok(error instanceof KeySetError && error instanceof Error, "an Error of our own class");
    throws(() => KeySet.fromJwks(signer.privateJwk), { name: "KeySetError" });
    throws(() => KeySet.fromPem("no key"), { name: "KeySetError", code: "pem_malformed" });
    const signed = () => KeySet.fromSigned("a.b.c", signer.jwks, { issuer: ISSUER, now: NOW });
    throws(signed, { name: "KeySetError", code: "document_malformed" });
  });

  test("a key set of the wrong type is a TypeError that says what to give", () => {
    const validator = new Validator(KeySet.fromJwks(signer.jwks), policy);
    for (const value of [undefined, null, 1, true]) {
      throws(() => KeySet.fromJwks(value), { name: "TypeError", message: /`jwks` must be a JWK Set/ });
      throws(() => KeySet.fromPem(value), { name: "TypeError", message: /`pem`/ });
      throws(() => new Validator(value, policy), { name: "TypeError", message: /must be a `KeySet`/ });
      throws(() => validator.replaceKeySet(value), { name: "TypeError" });
      throws(() => KeySet.fromSigned("a.b.c", signer.jwks, { issuer: value }), { name: "TypeError", message: /`issuer`/ });
    }
    throws(() => new KeySet(), { name: "TypeError" });
  });

  test("a key set can replace another one, and serve several validators", async () => {
    const token = await signer.token();
    const own = KeySet.fromJwks(signer.jwks);
    const [first, second] = [new Validator(own, policy), new Validator(own, policy)];
    first.replaceKeySet(KeySet.fromJwks(stranger.jwks));
    equal(first.check(token).code, "kid_unknown");
    equal(second.check(token).ok, true);
    first.replaceKeySet(own);
    equal(first.check(token).ok, true);
  });

  test("a text that is too long is refused without being taken in", () => {
    const text = "x".repeat(1 << 19);
    const over = { limits: { keySetBytes: 1000 } };
    const exact = JSON.stringify(signer.jwks).padEnd(1000);
    equal(KeySet.fromJwks(exact, over).size, KeySet.fromJwks(signer.jwks).size);
    const tries = [() => KeySet.fromJwks(text), () => KeySet.fromJwks(`${exact} `, over), () => KeySet.fromJwks(`${exact.slice(1)}é`, over), () => KeySet.fromPem(text), () => KeySet.fromPem([text])];
    for (const make of tries) throws(make, { name: "KeySetError", code: "key_set_too_large" });
    throws(() => KeySet.fromJwks(text, { limits: { keySetBytes: 2 ** 40 } }), { name: "TypeError", message: /`limits.keySetBytes`/ });
  });

  test("a key set may be freed while its validator lives on", async () => {
    const keySet = KeySet.fromJwks(signer.jwks);
    const kept = new Validator(keySet, policy);
    keySet.free();
    equal(kept.check(await signer.token()).ok, true);
    throws(() => keySet.kids, { name: "TypeError", message: /`free\(\)`/ });
  });

  test("what is freed twice is freed once, and what is used afterwards says so and harms nobody", async () => {
    const token = await signer.token();
    const other = new Validator(KeySet.fromJwks(signer.jwks), policy);
    const keySet = KeySet.fromJwks(signer.jwks);
    const validator = new Validator(keySet, policy);
    equal(validator.check(token).ok, true);
    validator.free();
    keySet.free();
    validator.free();
    keySet.free();
    const uses = [() => validator.check(token), () => validator.validate(token), () => validator.replaceKeySet(KeySet.fromJwks(signer.jwks)), () => other.replaceKeySet(keySet), () => new Validator(keySet, policy), () => keySet.size, () => keySet.version];
    for (const use of uses) throws(use, { name: "TypeError", message: /`free\(\)`/ });
    equal(other.check(token).ok, true);
  });

  test("a signed key set gives way neither to an older one nor to a plain one, and stays", () => {
    const { vector } = material.sequences.find(({ file }) => file === "operator-rollback.json");
    const [{ start }, { now, document: older }, { document: newer }, { token: ofOlder }] = vector.steps;
    const { issuer } = vector;
    const read = (document) => KeySet.fromSigned(document, start.roots, { issuer, now });
    const validator = new Validator(read(newer), { issuer, audience: null, now: () => now });
    equal([read(older).version, read(newer).version, read(newer).issuer], [5, 7, issuer]);
    equal(validator.check(ofOlder).code, "kid_unknown");
    throws(() => validator.replaceKeySet(read(older)), { name: "KeySetError", code: "document_version_rollback" });
    throws(() => validator.replaceKeySet(KeySet.fromJwks(read(older).toJwks())), { name: "KeySetError" });
    equal(validator.check(ofOlder).code, "kid_unknown");
  });
}

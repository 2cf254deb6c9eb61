// The vectors of tests/vectors, which the crate and the worker run too: the same verdict, to the error code.

import { equal, ok } from "./cases.mjs";

export function vectors(test, { keystile, material }) {
  test("there are vectors", () => ok(material.vectors.length > 600, "more than 600 vectors"));
  for (const { file, vector } of material.vectors) {
    test(`${file}: ${vector.rule}`, () => equal(decide(keystile, vector), vector.expect));
  }
}

/** The decision in the shape of the vector's `expect`. */
function decide({ KeySet, KeySetError, Validator }, { now, key_set, policy, token }) {
  try {
    const options = inCamelCase({ ...policy, limits: policy.limits && inCamelCase(policy.limits) });
    const keySet = readKeySet(KeySet, key_set, now, options.limits);
    const { ok, code, claim, reason } = new Validator(keySet, { ...options, now: () => now }).check(token);
    if (ok) return { ok };
    return { ok, code, ...(claim && { claim }), ...(reason && { reason }) };
  } catch (error) {
    if (error instanceof KeySetError) return { key_set_code: error.code };
    throw error;
  }
}

function readKeySet(KeySet, { jwks, pem, signed, roots, issuer, floor, generation_floor }, now, limits) {
  if (jwks) return KeySet.fromJwks(jwks, { limits });
  if (pem) return KeySet.fromPem(pem, { limits });
  return KeySet.fromSigned(signed, roots, { issuer, floor, generationFloor: generation_floor, now, limits });
}

function inCamelCase(object) {
  const camelCase = (name) => name.replace(/_[a-z]/g, ([, letter]) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camelCase(name), value]));
}

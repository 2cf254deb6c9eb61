// The vectors of tests/vectors/, which the crate and the worker run too, through the built package.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { KeySet, KeySetError, Validator } from "../dist/node.mjs";

const folder = new URL("../../../tests/vectors/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

test("there are vectors", () => assert.ok(files.length > 100));

for (const file of files) {
  const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  test(`${file}: ${vector.rule}`, () => assert.deepEqual(decide(vector), vector.expect));
}

/** The decision in the shape of the vector's `expect`. */
function decide({ now, key_set, policy, token }) {
  try {
    const options = inCamelCase({ ...policy, limits: policy.limits && inCamelCase(policy.limits) });
    const keySet = readKeySet(key_set, now, options.limits);
    const { ok, code, claim, reason } = new Validator(keySet, { ...options, now: () => now }).check(token);
    if (ok) return { ok };
    return { ok, code, ...(claim && { claim }), ...(reason && { reason }) };
  } catch (error) {
    if (error instanceof KeySetError) return { key_set_code: error.code };
    throw error;
  }
}

function readKeySet({ jwks, pem, signed, roots, issuer, floor, generation_floor }, now, limits) {
  if (jwks) return KeySet.fromJwks(jwks, { limits });
  if (pem) return KeySet.fromPem(pem, { limits });
  return KeySet.fromSigned(signed, roots, { issuer, floor, generationFloor: generation_floor, now, limits });
}

function inCamelCase(object) {
  const camelCase = (name) => name.replace(/_[a-z]/g, ([, letter]) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [camelCase(name), value]));
}

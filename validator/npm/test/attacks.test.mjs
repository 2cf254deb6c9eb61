// The rows of tests/attacks.json that are about this package rather than about a token.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { KeySet, Validator } from "../dist/node.mjs";

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

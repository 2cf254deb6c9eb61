// What a runtime with files, npm packages and `node:crypto` has to measure.

import nodeCrypto from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** `plan` says where things are: { package, npm, engines, rsa }. */
export async function peers(plan) {
  // The peers are the developer's, not the package's, so they are looked for where `cargo xtask` has installed them.
  const require = createRequire(join(plan.npm, "bench.js"));
  return {
    keystile: await import(pathToFileURL(join(plan.package, "node.mjs"))),
    nodeCrypto,
    webCrypto: globalThis.crypto,
    jose: require("jose"),
    fastJwt: require("fast-jwt"),
    jsonwebtoken: require("jsonwebtoken"),
    engines: await instance(plan.engines),
    rsa: await instance(plan.rsa),
  };
}

/** Without relaxed SIMD a build that has it is not valid, and there is nothing to measure. */
async function instance(path) {
  const wasm = readFileSync(path);
  return WebAssembly.validate(wasm) ? (await WebAssembly.instantiate(wasm, {})).instance : undefined;
}

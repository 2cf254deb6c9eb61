// Where a bundler can neither emit a file nor wait for one: the WASM is text in this module's own source, and compiled
// while the module is evaluated. Both builds are in it, so it is the largest of the entries.

import relaxedModule from "./relaxed/inline.mjs";
import * as relaxed from "./relaxed/keystile.js";
import simdModule from "./simd/inline.mjs";
import * as simd from "./simd/keystile.js";
import { hasRelaxedSimd, use } from "./wasm.mjs";

const [build, base64] = hasRelaxedSimd ? [relaxed, relaxedModule] : [simd, simdModule];
use(build, build.initSync({ module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) }));

export * from "./api.mjs";

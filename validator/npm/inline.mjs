// Where a bundler can neither emit a file nor wait for one: the WASM is text in this module's own source, and compiled
// while the module is evaluated. Both builds are in it, so it is the largest of the entries.

import * as build from "./keystile.js";
import relaxed from "./relaxed/inline.mjs";
import simd from "./simd/inline.mjs";
import { hasRelaxedSimd, use } from "./wasm.mjs";

const base64 = hasRelaxedSimd ? relaxed : simd;
use(build, build.initSync({ module: Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)) }));

export * from "./api.mjs";

// Node, Deno and Bun: the WASM is a file beside this one, and is ready when the import is.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import * as build from "./keystile.js";
import { hasRelaxedSimd, use } from "./wasm.mjs";

const folder = hasRelaxedSimd ? "relaxed" : "simd";
// A path, because webpack puts a text in the place of the URL.
use(build, build.initSync({ module: readFileSync(fileURLToPath(new URL(`./${folder}/keystile_bg.wasm`, import.meta.url))) }));

export * from "./api.mjs";

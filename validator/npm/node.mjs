// Node, Deno and Bun: the WASM is a file beside this one, and is ready when the import is.

import { readFileSync } from "node:fs";
import * as relaxed from "./relaxed/keystile.js";
import * as simd from "./simd/keystile.js";
import { hasRelaxedSimd, use } from "./wasm.mjs";

const [build, folder] = hasRelaxedSimd ? [relaxed, "relaxed"] : [simd, "simd"];
build.initSync({ module: readFileSync(new URL(`./${folder}/keystile_bg.wasm`, import.meta.url)) });
use(build);

export * from "./api.mjs";

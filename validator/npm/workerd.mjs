// Cloudflare Workers: the runtime has compiled the WASM before the script starts, and allows no other way. It has relaxed
// SIMD, so the other build need not be uploaded.

import * as build from "./keystile.js";
import module from "./relaxed/keystile_bg.wasm";
import { use } from "./wasm.mjs";

use(build, build.initSync({ module }));

export * from "./api.mjs";

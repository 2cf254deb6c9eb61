// Cloudflare Workers: the runtime has compiled the WASM before the script starts, and allows no other way.

import module from "./keystile_bg.wasm";
import { initSync } from "./keystile.js";

initSync({ module });

export * from "./api.mjs";

// Browsers and bundlers: the WASM is fetched and compiled while it streams in; the import waits for it. Both addresses are
// spelled out, because bundlers look for just this.

import * as build from "./keystile.js";
import { hasRelaxedSimd, use } from "./wasm.mjs";

const exports = await build.default({
  module_or_path: hasRelaxedSimd
    ? new URL("./relaxed/keystile_bg.wasm", import.meta.url)
    : new URL("./simd/keystile_bg.wasm", import.meta.url),
});
use(build, exports);

export * from "./api.mjs";

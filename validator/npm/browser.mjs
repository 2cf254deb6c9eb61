// Browsers and bundlers: the WASM is fetched and compiled while it streams in; the import waits for it.

import init from "./keystile.js";

await init({ module_or_path: new URL("./keystile_bg.wasm", import.meta.url) });

export * from "./api.mjs";

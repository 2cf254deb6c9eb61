// Node, Deno and Bun: the WASM is a file beside this one, and is ready when the import is.

import { readFileSync } from "node:fs";
import { initSync } from "./keystile.js";

initSync({ module: readFileSync(new URL("./keystile_bg.wasm", import.meta.url)) });

export * from "./api.mjs";

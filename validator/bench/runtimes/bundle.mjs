// The track of a runtime that takes one script: our modules and jose in it, the npm package beside it.

import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Returns the script. The package, and modules of WASM, are left to the runtime. */
export async function bundle(entry, plan) {
  const { build } = createRequire(join(plan.npm, "bench.js"))("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../tracks/${entry}`, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    nodePaths: [join(plan.npm, "node_modules")],
    external: ["/keystile/*", "./keystile/*", "node:*", "*.wasm", "*.json"],
    conditions: ["workerd", "worker", "browser"],
  });
  return outputFiles[0].text;
}

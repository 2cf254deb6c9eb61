// The four bundlers, each as its users set it up: (entry, output folder) to the path of the bundle in that folder.
//
// `new URL("./file", import.meta.url)` is understood by Vite and webpack, and by Rollup with a plugin. esbuild leaves it as
// it is, so that the WASM has to be laid beside the bundle by hand.

import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Of each: how to bundle for a page, and for Node. */
export async function bundlers(plan) {
  const require = createRequire(join(plan.runtimes, "bundlers.js"));
  const load = async (name) => import(pathToFileURL(require.resolve(name)));
  return {
    esbuild: esbuild(require("esbuild")),
    rollup: rollup(await load("rollup"), (await load("@rollup/plugin-node-resolve")).default, (await load("@web/rollup-plugin-import-meta-assets")).importMetaAssets),
    vite: vite(await import(pathToFileURL(join(plan.runtimes, "node_modules/vite/dist/node/index.js")))),
    webpack: webpack(require("webpack")),
  };
}

function esbuild({ build }) {
  const bundle = (platform) => async (entry, outdir, { installed }) => {
    await build({ entryPoints: [entry], outdir, bundle: true, minify: true, format: "esm", platform, logLevel: "warning", outExtension: { ".js": ".mjs" } });
    for (const folder of ["relaxed", "simd"]) cpSync(join(installed, folder), join(outdir, folder), { recursive: true, filter: (path) => !path.endsWith(".js") });
    return name(entry);
  };
  return { page: bundle("browser"), node: bundle("node") };
}

function rollup({ rollup }, nodeResolve, importMetaAssets) {
  const bundle = (options) => async (input, dir) => {
    const made = await rollup({ input, plugins: [nodeResolve(options), importMetaAssets()], external: /^node:/ });
    await made.write({ dir, format: "es", entryFileNames: "[name].mjs" });
    await made.close();
    return name(input);
  };
  return { page: bundle({ browser: true }), node: bundle({ exportConditions: ["node"] }) };
}

function vite({ build }) {
  const bundle = (options) => async (input, outDir) => {
    const rollupOptions = { input, output: { entryFileNames: "[name].mjs" }, preserveEntrySignatures: "strict" };
    await build({ configFile: false, logLevel: "error", base: "./", ...options, build: { outDir, emptyOutDir: true, ...options.build, rollupOptions } });
    return name(input);
  };
  // A bundle for Node is one that carries its dependencies with it, as for a serverless function.
  return { page: bundle({}), node: bundle({ build: { ssr: true }, ssr: { noExternal: true } }) };
}

function webpack(webpack) {
  const bundle = (target, output) => (entry, path) =>
    new Promise((resolve, reject) => {
      const options = { mode: "production", target, entry, output: { path, filename: name(entry), ...output }, experiments: { outputModule: true } };
      webpack(options, (error, stats) => {
        if (error ?? stats.hasErrors()) reject(error ?? new Error(stats.toString("errors-only")));
        else resolve(name(entry));
      });
    });
  return { page: bundle("web"), node: bundle("node", { module: true, chunkFormat: "module" }) };
}

const name = (entry) => entry.split("/").at(-1);

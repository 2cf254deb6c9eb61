// What an application downloads for the package, and where the bytes go.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { functions, sections } from "./wasm-sections.mjs";

/** The most that JavaScript and WASM of the fast build may take together, gzip, in bytes. */
const BUDGET = 74_000;

/** An application that uses the main entry whole, without anything of its own. */
const APPLICATION = 'import * as keystile from "@keystile/validator"; globalThis.keystile = keystile;';

/** So many shares of a whole are told, and the rest together. */
const TOLD = 16;

/** Prints the sizes, and fails where the fast build is above the budget. */
export async function judgeSizes(plan, fresh, report) {
  await report.case(`JavaScript and WASM of the fast build are ${BUDGET} bytes or less with gzip`, async () => {
    const { text, parts } = await bundled(plan, fresh);
    const javaScript = gzip(text);
    const builds = Object.fromEntries(["relaxed", "simd"].map((build) => [build, readFileSync(join(fresh.installed, build, "keystile_bg.wasm"))]));
    console.log(`  JavaScript, minified: ${text.length} bytes, ${javaScript} with gzip`);
    tell("before gzip", parts);
    for (const [build, wasm] of Object.entries(builds)) {
      console.log(`  WASM ${build}: ${wasm.length} bytes, ${gzip(wasm)} with gzip`);
      tell("with gzip", sections(wasm).map(({ name, bytes }) => [name, gzip(bytes)]));
    }
    console.log("  functions of the last build, before wasm-opt, by module");
    // What describes the interface to wasm-bindgen is gone once that has run.
    tell("before gzip", byModule(functions(readFileSync(plan.named)).filter(({ name }) => !name.includes("describe"))));
    const whole = javaScript + gzip(builds.relaxed);
    console.log(`  together: ${whole} bytes with gzip`);
    if (whole > BUDGET) throw new Error(`${whole} bytes are ${whole - BUDGET} more than the budget`);
  });
}

async function bundled(plan, fresh) {
  const { build } = createRequire(join(plan.runtimes, "sizes.js"))("esbuild");
  const entry = join(fresh.path, "application.mjs");
  writeFileSync(entry, APPLICATION);
  const { outputFiles, metafile } = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", write: false, metafile: true, outdir: fresh.path });
  const [output] = Object.values(metafile.outputs);
  const parts = Object.entries(output.inputs).map(([path, { bytesInOutput }]) => [path.split("/").slice(-2).join("/").replace("validator/", ""), bytesInOutput]);
  return { text: outputFiles[0].contents, parts };
}

/** The first path that a function's name holds says whose it is: `<alloc::vec::Vec<T> as …>::f` belongs to `alloc`. */
function byModule(all) {
  const groups = new Map();
  for (const { name, size } of all) {
    const [, crate, module] = /([a-z][a-z_0-9]+)(?:::([a-z_0-9]+))?/.exec(path(name)) ?? [undefined, "unnamed"];
    const group = crate.startsWith("keystile") && module ? `${crate.replace("keystile_", "")}::${module}` : crate;
    groups.set(group, (groups.get(group) ?? 0) + size);
  }
  return [...groups];
}

/** The path in a mangled name, as far as its modules need it: `_ZN4core5slice…` and `_R…8dlmalloc…` are the two manners. */
function path(mangled) {
  if (!mangled.startsWith("_ZN")) {
    const [, length, rest] = /Cs[0-9A-Za-z]*_(\d+)(.*)/.exec(mangled) ?? ["", 0, ""];
    return rest.slice(0, length);
  }
  const segments = [];
  for (let rest = mangled.slice(3); /^\d/.test(rest); ) {
    const [digits] = /^\d+/.exec(rest);
    segments.push(rest.slice(digits.length, digits.length + Number(digits)));
    rest = rest.slice(digits.length + Number(digits));
  }
  return segments.join("::").replaceAll("..", "::").replaceAll(/\$[A-Za-z0-9]+\$/g, " ");
}

/** The shares of a whole, the largest first. */
function tell(how, shares) {
  const whole = shares.reduce((sum, [, size]) => sum + size, 0);
  const large = shares.toSorted(([, a], [, b]) => b - a).slice(0, TOLD);
  const rest = whole - large.reduce((sum, [, size]) => sum + size, 0);
  const told = [...large, ...(rest ? [["the rest", rest]] : [])];
  console.log(`    ${how}: ${told.map(([name, size]) => `${name} ${size}`).join(", ")}`);
}

const gzip = (content) => gzipSync(content, { level: 9 }).length;

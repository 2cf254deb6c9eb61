// What others judge of the tarball: publint, attw, and the compiler of TypeScript on programs that use the package rightly and
// wrongly.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { NAME } from "./fresh-folder.mjs";

const execute = promisify(execFile);

/** What belongs in a package: modules, types, WASM, licences, documents. */
const SHIPPED = /^([a-z_-]+\.(mjs|d\.ts|md)|keystile\.js|(relaxed|simd)\/(keystile_bg\.wasm|inline\.mjs)|package\.json|README\.md|LICENSE-(MIT|APACHE))$/;

/** How TypeScript is told to look for modules: as Node does, and as bundlers do. */
const RESOLUTIONS = [["nodenext", "nodenext"], ["esnext", "bundler"]];

export async function judge(plan, fresh, report) {
  const bin = (name) => join(plan.runtimes, "node_modules/.bin", name);
  await report.case("the tarball holds what is shipped, and nothing else", () => {
    const strange = fresh.files.filter((file) => !SHIPPED.test(file));
    if (strange.length) throw new Error(`it holds ${strange.join(", ")}`);
  });
  await report.case("publint --strict", () => publint(plan, fresh));
  // The package is of ES modules alone, which Node has been able to `require` since 20.19.
  await report.case("attw", () => said(bin("attw"), [fresh.tarball, "--profile", "esm-only", "--no-emoji", "--no-color"], fresh));
  migrate(fresh);
  for (const [module, resolution] of RESOLUTIONS) {
    // The fresh folder has no configuration, and one that lies above it is somebody else's.
    const options = ["--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "esnext", "--lib", "esnext,dom", "--types", ""];
    const compile = (files) => said(bin("tsc"), [...options, "--module", module, "--moduleResolution", resolution, ...files], fresh);
    await report.case(`tsc, module resolution ${resolution}`, () => compile(["types/index.ts"]));
    // What others declare need not be without fault to be used with ours.
    await report.case(`tsc, module resolution ${resolution}, beside others`, () => compile(["--skipLibCheck", "types/beside.ts"]));
  }
}

/** Changes the import line of a program that was written for jose, and nothing else. */
function migrate({ path }) {
  const program = readFileSync(join(path, "types/migration.ts"), "utf8");
  writeFileSync(join(path, "types/migrated.ts"), program.replaceAll('from "jose"', `from "${NAME}/jose"`));
}

async function publint(plan, fresh) {
  const { publint } = await import(pathToFileURL(createRequire(join(plan.runtimes, "judges.js")).resolve("publint")));
  const tarball = readFileSync(fresh.tarball);
  const { messages } = await publint({ pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) }, strict: true });
  if (messages.length) throw new Error(messages.map((message) => JSON.stringify(message)).join("\n"));
}

/** Runs a judge; what it says is its reason. */
async function said(program, words, { path }) {
  try {
    await execute(program, words, { cwd: path });
  } catch ({ stdout, stderr }) {
    throw new Error(`${stdout}${stderr}`);
  }
}

// The referee: node main.mjs PLAN. Packs the package, installs it in a fresh folder, and runs one suite on it in every runtime
// and through every bundler. `cargo xtask test "packed"` writes the plan.

import { readFileSync } from "node:fs";

import { runBundled } from "./bundled.mjs";
import { freshFolder } from "./fresh-folder.mjs";
import { judge } from "./manners.mjs";
import { Report } from "./report.mjs";
import { inProcess, runIn } from "./runtimes.mjs";
import { judgeSizes } from "./sizes.mjs";
import { serve } from "./server.mjs";

/** What an engine without relaxed SIMD says to the package's probe. */
const WITHOUT_RELAXED_SIMD = ["--import", "data:text/javascript,WebAssembly.validate=()=>false"];

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const report = new Report();
const fresh = await freshFolder(plan);
const server = await serve(fresh.path, plan.vectors);
try {
  await judge(plan, fresh, report);
  await judgeSizes(plan, fresh, report);
  for (const { name, reason } of plan.missing) report.skipped(name, reason);
  for (const runtime of plan.measured) {
    await report.suite(runtime.name, () => runIn(plan, runtime, fresh, server));
  }
  for (const { name, program } of plan.measured.filter(({ kind }) => kind === "process")) {
    await report.suite(`${name}, through require`, () => inProcess(program, "entries/required.cjs", fresh, server));
  }
  const plain = [process.execPath, ...WITHOUT_RELAXED_SIMD];
  await runBundled(plan, fresh, server, report);
  await report.suite("without relaxed SIMD", () => inProcess(plain, "entries/process.mjs", fresh, server));
} finally {
  server.close();
  fresh.remove();
}
process.exitCode = report.end();

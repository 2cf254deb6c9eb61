// The suite as an application ships it: bundled, for a page and for Node.

import { join } from "node:path";

import { launchChromium } from "../../bench/runtimes/browsers.mjs";
import { bundlers } from "./bundlers.mjs";
import { inPage, inProcess, page } from "./runtimes.mjs";

/** Vite emits no files for a server, so the entry that reads one cannot be in such a bundle: `/inline` is for it. */
const NODE_BUNDLES = ["esbuild", "rollup", "webpack"];

export async function runBundled(plan, fresh, server, report) {
  const all = await bundlers(plan);
  const bundle = async (name, kind, entry) => {
    const folder = `bundles/${name}/${kind}`;
    return `${folder}/${await all[name][kind](join(fresh.path, "entries", entry), join(fresh.path, folder), fresh)}`;
  };
  for (const name of NODE_BUNDLES) {
    await report.suite(`${name}, for Node`, async () => inProcess([process.execPath], await bundle(name, "node", "process.mjs"), fresh, server));
  }
  const chromium = plan.measured.find(({ kind }) => kind === "chromium");
  if (!chromium) return report.skipped("bundles for pages", "there is no Chromium here");
  const { browser } = await launchChromium(plan, chromium.program[0]);
  try {
    for (const name of Object.keys(all)) {
      await report.suite(`${name}, for a page`, async () => {
        const script = await bundle(name, "page", "page.mjs");
        return inPage(browser, page(fresh, `${name}.html`, `/${script}`), server);
      });
    }
  } finally {
    await browser.close();
  }
}

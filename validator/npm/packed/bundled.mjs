// The suite as an application ships it: bundled, for a page and for Node.

import { join } from "node:path";

import { launchChromium } from "../../bench/runtimes/browsers.mjs";
import { bundlers } from "./bundlers.mjs";
import { inPage, inProcess, page } from "./runtimes.mjs";

/**
 * What is bundled: of each, for what, and from which entry. Vite emits no files for a server, so the entry that reads one
 * cannot be in such a bundle, and the inline entry is there for it.
 */
const BUNDLES = ["esbuild", "rollup", "vite", "webpack"].flatMap((name) => [
  ...(name === "vite" ? [] : [[name, "node", "node-bundle.mjs"]]),
  [name, "node", "inline.mjs"],
  [name, "page", "page.mjs"],
  [name, "page", "inline.mjs"],
]);

export async function runBundled(plan, fresh, server, report) {
  const all = await bundlers(plan);
  const chromium = plan.measured.find(({ kind }) => kind === "chromium");
  if (!chromium) report.skipped("bundles for pages", "there is no Chromium here");
  const browser = chromium && (await launchChromium(plan, chromium.program[0])).browser;
  try {
    for (const [name, kind, entry] of BUNDLES.filter(([, kind]) => browser || kind === "node")) {
      await report.suite(`${name}, ${kind === "node" ? "for Node" : "for a page"}, ${entry}`, async () => {
        const folder = `bundles/${name}/${kind}/${entry}`;
        const script = `${folder}/${await all[name][kind](join(fresh.path, "entries", entry), join(fresh.path, folder), fresh)}`;
        if (kind === "node") return inProcess([process.execPath], script, fresh, server);
        return inPage(browser, page(fresh, `${name}-${entry}.html`, `/${script}`), server);
      });
    }
  } finally {
    await browser?.close();
  }
}

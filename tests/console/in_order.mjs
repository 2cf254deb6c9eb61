// What holds for a page at every width: nothing that axe finds, nothing wider than the screen, and a picture to be looked at.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { SCREENSHOTS } from "./chromium.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WIDTHS = [360, 1280, 1920];

/** How a page is opened for it. The content policy lets no foreign script in, which is axe itself here. */
export const forAxe = (colorScheme) => ({ colorScheme, bypassCSP: true, reducedMotion: "reduce" });

export async function inOrder(page, name, colorScheme) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than ${width} px`);
    if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`);
    assert.deepEqual(told, [], `${name} at ${width} px`);
  }
}

// Every page, in both themes, on a telephone and on a desk: nothing that axe finds, nothing wider than the screen, and a
// picture of each to be looked at.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { SCREENSHOTS, keyRows, open, signIn } from "./chromium.mjs";
import { forAxe, inOrder } from "./in_order.mjs";

const PAGES = ["", "keys", "edge", "inspector", "take-back", "audit", "people", "passkeys", "approvals", "settings", "emergency"];
const FILES = new URL("../../www/", import.meta.url).pathname;
/** Scripts, styles and the document, each with gzip; the validator, which the inspector alone loads, comes on top. */
const LARGEST = 150 * 1024;

export function pages(world) {
  test("the console is small", async () => {
    const names = (await readdir(FILES, { recursive: true })).filter((name) => /\.(html|css|js|svg)$/.test(name) && !name.startsWith("dist"));
    const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(FILES, name))).length));
    const sum = sizes.reduce((all, size) => all + size, 0);
    assert.ok(names.length > 20 && sum < LARGEST, `${names.length} files with ${sum} bytes`);
  });

  test("without JavaScript the first page says what to do instead", async () => {
    const { page } = await open(world.browser, world.up.console, { javaScriptEnabled: false });
    await page.getByRole("heading", { name: "The console needs JavaScript" }).waitFor();
    assert.ok(await page.locator("dd code").first().isVisible());
    for (const dead of ["#starting", "#theme"]) assert.ok(!(await page.locator(dead).isVisible()), dead);
    await page.screenshot({ path: join(SCREENSHOTS, "no-script.png") });
  });

  test("every page is in order, in both themes and at every width", () => Promise.all(["light", "dark"].map(async (colorScheme) => {
    const { page } = await open(world.browser, world.up.console, forAxe(colorScheme));
    await inOrder(page, "sign-in", colorScheme);
    await signIn(page, world.up.admin_token);
    await page.goto(`${world.up.console}keys`);
    await keyRows(page).first().waitFor();
    const kid = await keyRows(page).nth(1).locator("code").first().getAttribute("title");
    for (const path of [...PAGES, `keys/${kid}`]) {
      await page.goto(world.up.console + path);
      await page.locator("#page:not([aria-busy])").waitFor();
      await page.waitForFunction(() => !document.querySelector("#page [aria-busy]"));
      if (path === "inspector") await page.getByLabel("Token", { exact: true }).fill(world.up.sample_token);
      await inOrder(page, path.replace(/\/.*/, "-one") || "overview", colorScheme);
    }
  })));
}

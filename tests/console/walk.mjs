// A new user's walk: from the sign-in to a finished rotation, to an emergency, to exported evidence. The clicks are counted,
// and docs/console.md says how many they are.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { SCREENSHOTS, keyRows, open, visiting } from "./chromium.mjs";

const DOCUMENTED = new URL("../../docs/console.md", import.meta.url);

export function walk(world) {
  test("from the sign-in to a finished rotation, an emergency and exported evidence", async () => {
    const { page, troubles } = await open(world.browser, world.up.console);
    let clicks = 0;
    const click = async (found) => {
      await found.click();
      clicks += 1;
    };
    const button = (name) => page.getByRole("button", { name });
    const link = (name) => page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true });
    const dialog = page.getByRole("dialog");
    const counted = {};

    await page.getByLabel("API token").fill(world.up.admin_token);
    await click(button("Sign in"));
    counted["sign in"] = clicks;

    await page.getByRole("region", { name: "Active key" }).getByText(/Signing for/).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "walk-1-overview.png"), fullPage: true });
    await click(button("Rotate…"));
    await dialog.getByLabel("Reason").fill("quarterly");
    await page.screenshot({ path: join(SCREENSHOTS, "walk-2-rotate.png") });
    await click(dialog.getByRole("button", { name: "Rotate", exact: true }));
    await dialog.waitFor({ state: "hidden" });
    await page.getByText("Rotation under way").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "walk-3-rotating.png"), fullPage: true });
    await visiting(world.up.edge, () => page.getByText(/The new key signs/).waitFor({ timeout: 90_000 }));
    counted["a rotation"] = clicks - counted["sign in"];

    const before = clicks;
    await click(link("Emergency"));
    const stolen = await page.getByRole("table", { name: /signed out/ }).getByRole("row").nth(1).locator("code").first().textContent();
    await page.screenshot({ path: join(SCREENSHOTS, "walk-4-emergency.png"), fullPage: true });
    await click(button("Emergency…"));
    await dialog.getByText(/all users must sign in again. Tokens seen at the edge/).waitFor();
    await dialog.getByLabel("Reason").fill("laptop stolen");
    await dialog.getByLabel(/^Type/).fill(stolen);
    await page.screenshot({ path: join(SCREENSHOTS, "walk-5-confirm.png") });
    await click(dialog.getByRole("button", { name: "Revoke and replace now" }));
    await dialog.waitFor({ state: "hidden" });
    await page.getByText(/\d of \d regions? ha(s|ve) confirmed version/).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "walk-6-under-way.png"), fullPage: true });
    await visiting(world.up.edge, () => page.getByText(/The last region had it/).waitFor({ timeout: 90_000 }));
    counted["an emergency"] = clicks - before;

    const upToThere = clicks;
    await click(link("Audit"));
    await click(button("Verify the log"));
    await page.getByText(/^The log holds: \d+ entries/).waitFor();
    const downloading = page.waitForEvent("download");
    await click(button("Export"));
    const lines = (await readFile(await (await downloading).path(), "utf8")).trim().split("\n");
    assert.match(lines[0], /"export"/);
    assert.ok(lines.some((line) => line.includes("laptop stolen")), "the emergency is not in the export");
    counted.evidence = clicks - upToThere;

    await click(link("Keys"));
    await keyRows(page).filter({ hasText: stolen }).filter({ hasText: "revoked" }).waitFor();
    const told = Object.entries(counted).map(([what, times]) => `| ${what} | ${times} |`);
    const page_ = await readFile(DOCUMENTED, "utf8");
    for (const row of told) assert.ok(page_.includes(row), `docs/console.md does not have the row ${row}`);
    assert.deepEqual(troubles, []);
  });
}

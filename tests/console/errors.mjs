// What goes wrong on the way, where only one browser's tools can make it: the flows of every browser are in `everywhere.mjs`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, signIn } from "./chromium.mjs";

export function errors(world) {
  test("where no events come through, the console asks instead", async () => {
    const { page, asked } = await open(world.browser, world.up.console);
    await page.route("**/v1/events", (route) => route.fulfill({ status: 502, body: "no streams here" }));
    await signIn(page, world.up.admin_token);
    await page.getByText("Live", { exact: true }).waitFor();
    const times = () => asked.filter((request) => request.includes("/v1/status")).length;
    const before = times();
    await page.waitForRequest("**/v1/status");
    await page.waitForRequest("**/v1/status");
    assert.ok(times() > before);
  });
}

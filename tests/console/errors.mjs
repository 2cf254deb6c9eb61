// What goes wrong: the server is away, a step is refused, a session is over, two administrators act at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open, signIn } from "./chromium.mjs";

export function errors(world) {
  async function asAdmin(path = "") {
    const opened = await open(world.browser, world.up.console + path);
    await signIn(opened.page, world.up.admin_token);
    return opened;
  }

  test("while the server is away the page says so, bars its buttons, and comes back by itself", async () => {
    const { page } = await asAdmin();
    await page.getByRole("button", { name: /^Rotate/ }).waitFor();
    await page.context().setOffline(true);
    await page.getByText("The server does not answer.", { exact: false }).first().waitFor({ timeout: 40_000 });
    assert.equal(await page.getByRole("button", { name: /^Rotate/ }).getAttribute("aria-disabled"), "true");
    await page.getByText("Not while the connection is lost.").first().waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try now" }).click();
    await page.getByText("Live", { exact: true }).waitFor();
  });

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

  test("two administrators who rotate at once: the second is told", async () => {
    const [one, other] = [await asAdmin(), await asAdmin()];
    for (const { page } of [one, other]) {
      await page.getByRole("button", { name: /^Rotate/ }).click();
      await page.getByRole("dialog").getByLabel("Reason").fill("at once");
    }
    const rotate = ({ page }) => page.getByRole("dialog").getByRole("button", { name: "Rotate", exact: true }).click();
    await rotate(one);
    await one.page.getByRole("dialog").waitFor({ state: "hidden" });
    await rotate(other);
    await other.page.getByRole("alert").filter({ hasText: /Nothing was done: the state is not the one you were shown/ }).waitFor();
    await other.page.getByRole("button", { name: "Leave as it is" }).click();
    await other.page.getByText("Rotation under way").waitFor();
    await one.page.getByRole("button", { name: /^Cancel rotation/ }).click();
    await one.page.getByRole("dialog").getByRole("button", { name: "Cancel rotation", exact: true }).click();
    await one.page.getByText(/The rotation is cancelled/).first().waitFor();
  });

  test("a step that is refused says why, and changes nothing", async () => {
    const { page } = await asAdmin("emergency");
    await page.getByRole("button", { name: /^Emergency/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("a test");
    await dialog.getByLabel(/^Type/).fill("wrong");
    await dialog.getByRole("button", { name: "Revoke and replace now" }).click();
    await dialog.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
    assert.ok(await dialog.isVisible());
  });

  test("a session that is over leads to the sign-in by itself", async () => {
    const { page } = await asAdmin();
    await page.context().clearCookies();
    await page.getByText("Your session has ended. Sign in again.").waitFor();
  });
}

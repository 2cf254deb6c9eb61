// A user's way in by name, from the invitation to being shut out, with the administrator in another browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { carryOut, open, signIn } from "./chromium.mjs";

const PASSWORD = "correct horse battery staple";

export function users(world) {
  test("a user is invited, chooses a password, signs in by name, and is shut out", async () => {
    const admin = await open(world.browser, `${world.up.console}people`);
    await signIn(admin.page, world.up.admin_token);
    await admin.page.getByLabel("Name to sign in by").fill("grace");
    await admin.page.getByRole("button", { name: "Invite a user" }).click();
    await admin.page.getByText("grace is invited.").first().waitFor();
    const invitation = await admin.page.getByRole("status").locator("code").first().textContent();

    const { page, troubles, asked } = await open(world.browser, world.up.console);
    await page.getByText("I was invited").click();
    await page.getByLabel("Invitation").fill(invitation);
    await page.getByLabel("Password, of at least").fill(PASSWORD);
    await page.getByRole("button", { name: "Choose this password" }).click();
    await page.getByText("The password is chosen.").waitFor();
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "grace");

    const enter = async (password) => {
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.getByRole("button", { name: "Enter by name" }).click();
    };
    await enter("not the password at all");
    await page.locator("#password-error:not(:empty)").waitFor();
    await enter(PASSWORD);
    await page.getByText("grace (viewer)").waitFor();
    assert.ok(await page.evaluate(() => localStorage.length + sessionStorage.length <= 1), "something is kept in the page");
    assert.ok(!asked.some((request) => request.startsWith("GET") && request.includes(PASSWORD)));

    await carryOut(admin.page, "Shut out… grace", "Shut out", {});
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("grace");
    await enter(PASSWORD);
    await page.locator("#password-error:not(:empty)").waitFor();
    assert.deepEqual([...admin.troubles, ...troubles], []);
  });
}

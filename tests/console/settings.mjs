// What is set up: the policy, who is told of what happens, where backends read their key.

import assert from "node:assert/strict";
import { test } from "node:test";

import { carryOut, open, signIn } from "./chromium.mjs";

export function settings(world) {
  async function asAdmin(path = "settings") {
    const opened = await open(world.browser, world.up.console + path);
    await signIn(opened.page, world.up.admin_token);
    return opened;
  }

  /** Asks the API itself, as another administrator would. */
  async function ask(method, path, body, headers = {}) {
    const response = await fetch(`${world.up.console}v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${world.up.admin_token}`, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  }

  test("a change of the policy shows its effect before it is made", async () => {
    const { page, troubles } = await asAdmin();
    await page.getByLabel(/^Days between rotations/).fill("30");
    await page.getByLabel(/^Leeway of clocks/).fill("60");
    await page.getByRole("button", { name: "Show the effect…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Days between rotations: 90 becomes 30.").waitFor();
    await dialog.getByText(/The propagation bound becomes 2 min 40 s, from 2 min 10 s/).waitFor();
    await dialog.getByRole("button", { name: "Leave as it is" }).click();
    await page.reload();
    assert.equal(await page.getByLabel(/^Days between rotations/).inputValue(), "90");
    await page.getByLabel(/^Days between rotations/).fill("60");
    await page.getByRole("button", { name: "Show the effect…" }).click();
    await dialog.getByLabel("Reason").fill("a test");
    await dialog.getByRole("button", { name: "Change it" }).click();
    await page.getByText("The policy is changed").first().waitFor();
    await page.getByLabel(/^Days between rotations/).fill("often");
    await page.getByRole("button", { name: "Show the effect…" }).click();
    await page.getByText(/often is no whole number/).first().waitFor();
    assert.deepEqual(troubles, []);
  });

  test("who changes what somebody else has changed meanwhile is told, and overwrites nothing", async () => {
    const { page, troubles } = await asAdmin();
    await page.getByLabel(/^Days a retired key/).fill("3");
    await page.getByRole("button", { name: "Show the effect…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill("late");
    await ask("PATCH", "issuers/main", { retired_key_sealed_days: 7, reason: "first" }, { "if-match": "*" });
    await dialog.getByRole("button", { name: "Change it" }).click();
    await dialog.getByRole("alert").filter({ hasText: /Nothing was done.*changed since you read it/ }).waitFor();
    await dialog.getByRole("button", { name: "Leave as it is" }).click();
    await page.reload();
    assert.equal(await page.getByLabel(/^Days a retired key/).inputValue(), "7");
    await ask("PATCH", "issuers/main", { retired_key_sealed_days: 0, reason: "as it was" }, { "if-match": "*" });
    assert.deepEqual(troubles, []);
  });

  test("a webhook is added with a secret that is shown once, tried, given another secret, and removed", async () => {
    const { page, troubles } = await asAdmin();
    const address = "https://hooks.invalid/keystile";
    const webhooks = page.getByRole("region", { name: "Webhooks" });
    await webhooks.getByText("Nobody is told of anything yet.").waitFor();
    await webhooks.getByLabel("Where it leads").fill(address);
    await webhooks.getByLabel("Events").fill("alert.raised, nonsense");
    await webhooks.getByRole("button", { name: "Add…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Add it" }).click();
    await dialog.getByRole("alert").filter({ hasText: /nothing is called nonsense/i }).waitFor();
    await dialog.getByRole("button", { name: "Leave as it is" }).click();
    await webhooks.getByLabel("Events").fill("alert.raised");
    await carryOut(page, "Add…", "Add it", {});
    const secret = await webhooks.getByText(/^whsec_/).textContent();
    await webhooks.getByRole("button", { name: `Test the webhook to ${address}` }).click();
    await page.getByText(`The test did not arrive at ${address}`, { exact: false }).first().waitFor();
    await carryOut(page, `Make another secret for the webhook to ${address}`, "Make it", {});
    await webhooks.getByText("Two secrets sign", { exact: false }).waitFor();
    assert.notEqual(await webhooks.getByText(/^whsec_/).textContent(), secret);
    await page.reload();
    await webhooks.getByText("alert.raised", { exact: true }).waitFor();
    assert.equal(await webhooks.getByText(/^whsec_/).count(), 0, "the secret was shown twice");
    const id = await webhooks.getByText(/^wh_/).textContent();
    await carryOut(page, `Remove the webhook to ${address}`, "Remove for good", { [`Type ${id.slice(0, 8)}`]: id.slice(0, 8) });
    await webhooks.getByText("Nobody is told of anything yet.").waitFor();
    assert.deepEqual(troubles, []);
  });

  test("a target of the hand-off is shown with what stands there and since when", async () => {
    const { page, troubles } = await asAdmin();
    const targets = page.getByRole("region", { name: "Hand-off" });
    await targets.getByText("No backend is handed its key.", { exact: false }).waitFor();
    const place = { kind: "file", file: "backend.env" };
    await ask("PUT", "issuers/main/hand-off", { targets: [{ name: "disk", place, reload_secs: 1 }] });
    await targets.getByText("in order").waitFor();
    await targets.getByText(/^Read back /).waitFor();
    await targets.getByRole("link").first().click();
    await page.getByText("active", { exact: true }).first().waitFor();
    await ask("PUT", "issuers/main/hand-off", { targets: [] });
    assert.deepEqual(troubles, []);
  });
}

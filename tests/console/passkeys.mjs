// Passkeys, with an authenticator that Chromium has in software: made, asked for after the password, refused without it,
// cancelled, elsewhere, and taken away. A picture of each page to be looked at.

import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "node:path";

import { SCREENSHOTS, carryOut, open, signIn } from "./chromium.mjs";
import { startServer } from "./up.mjs";

const PASSWORD = "correct horse battery staple";

export function passkeys(world) {
  // Browsers keep passkeys for names alone, and this machine's is `localhost`.
  const here = () => world.up.console.replace("127.0.0.1", "localhost");

  test("a passkey is registered, asked for, and nobody enters without it", async () => {
    const admin = await open(world.browser, `${world.up.console}people`);
    await signIn(admin.page, world.up.admin_token);
    await invite(admin.page, "joan");
    const invitation = await admin.page.getByRole("status").locator("code").first().textContent();

    const { page, troubles } = await open(world.browser, here());
    const authenticator = await virtualAuthenticator(page);
    await choose(page, invitation);
    await enter(page);
    await page.getByText("joan (viewer)").waitFor();

    // Made, but not while nobody answers.
    await page.goto(`${here()}passkeys`);
    await page.getByText("You have no passkey yet.").waitFor();
    const register = async () => {
      await page.getByLabel("What you call it", { exact: true }).fill("blue key");
      await page.getByRole("button", { name: "Register a passkey" }).click();
    };
    await authenticator.answers(false);
    await register();
    await page.locator("#outcome").getByText("No passkey answered").waitFor();
    await authenticator.answers(true);
    await register();
    await page.locator("#outcome").getByText("The passkey blue key is registered.").waitFor();
    await page.getByRole("table", { name: "Passkeys" }).getByText("blue key").waitFor();
    // The same authenticator makes no second one for her.
    await register();
    await page.locator("#outcome").getByText("holds a passkey for you already").waitFor();
    await pictures(page, "passkeys-one");

    // Asked for after the password; half a sign-in opens nothing.
    await page.getByRole("button", { name: "Sign out" }).click();
    await authenticator.answers(false);
    await enter(page, "joan");
    await page.getByRole("heading", { name: "Your passkey" }).waitFor();
    await page.locator("#passkey-error:not(:empty)").waitFor();
    assert.equal(await page.evaluate(async () => (await fetch("/v1/session")).status), 401);
    assert.ok(!(await page.getByLabel("API token").isVisible()), "another way in is offered beside the second step");
    await pictures(page, "passkey-asked-for");
    await authenticator.answers(true);
    await page.getByRole("button", { name: "Use the passkey" }).click();
    await page.getByText("joan (viewer)").waitFor();

    // On another machine, without it.
    const other = await open(world.browser, here());
    const foreign = await virtualAuthenticator(other.page);
    await foreign.answers(false);
    await enter(other.page, "joan");
    await other.page.getByText("No passkey answered").waitFor();
    await other.page.getByRole("button", { name: "Start again" }).click();
    assert.ok(await other.page.getByLabel("Password", { exact: true }).isVisible());
    // Under another address, which the browser would refuse with fewer words.
    const elsewhere = await open(world.browser, world.up.console);
    await enter(elsewhere.page, "joan");
    await elsewhere.page.getByText("Passkeys of this server belong to").waitFor();

    // The administrator sees it, and takes it away.
    await admin.page.getByRole("button", { name: "Show 1 joan" }).click();
    await admin.page.getByRole("heading", { name: "Passkeys of joan" }).waitFor();
    await pictures(admin.page, "people-passkeys");
    await carryOut(admin.page, "Remove the passkey blue key", "Remove it", {});
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await enter(page, "joan");
    await page.getByText("joan (viewer)").waitFor();

    // She registers one again, and removes it herself.
    await page.goto(`${here()}passkeys`);
    await page.getByText("You have no passkey yet.").waitFor();
    await register();
    await page.locator("#outcome").getByText("The passkey blue key is registered.").waitFor();
    await carryOut(page, "Remove the passkey blue key", "Remove it", {});
    await page.getByText("You have no passkey yet.").waitFor();
    await page.getByText("joan (viewer)").waitFor();
    assert.deepEqual([...admin.troubles, ...troubles, ...other.troubles, ...elsewhere.troubles], []);
  });

  test("where everybody must have a passkey, the password lets somebody register the first one and nothing else", async () => {
    const server = await startServer({ KEYSTILE__SIGN_IN__PASSKEY: "required" });
    try {
      const { page, troubles } = await open(world.browser, server.address);
      await virtualAuthenticator(page);
      await choose(page, await invitation(server, "mary"));
      await enter(page);
      await page.getByRole("heading", { name: "Your first passkey" }).waitFor();
      assert.equal(await page.evaluate(async () => (await fetch("/v1/session")).status), 401);
      await pictures(page, "passkey-first");
      await page.getByLabel("What you call it").first().fill("telephone");
      await page.getByRole("button", { name: "Register a passkey" }).click();
      await page.getByText("mary (viewer)").waitFor();
      // From now on it is asked for, and the last one stays.
      await page.getByRole("button", { name: "Sign out" }).click();
      await enter(page, "mary");
      await page.getByText("mary (viewer)").waitFor();
      await page.goto(`${server.address}passkeys`);
      await page.getByRole("button", { name: "Remove the passkey telephone" }).click();
      await page.getByRole("button", { name: "Remove it" }).click();
      await page.getByRole("dialog").getByText("this server wants one of everybody").waitFor();
      assert.deepEqual(troubles, []);
    } finally {
      await server.stop();
    }
  });
}

async function invitation(server, name) {
  const headers = { authorization: `Bearer ${server.token}`, "content-type": "application/json" };
  const made = await fetch(`${server.address}v1/users`, { method: "POST", headers, body: JSON.stringify({ name, role: "viewer" }) });
  return (await made.json()).invitation;
}

async function invite(page, name) {
  await page.getByLabel("Name to sign in by").fill(name);
  await page.getByRole("button", { name: "Invite a user" }).click();
  await page.getByText(`${name} is invited.`).first().waitFor();
}

async function choose(page, invitation) {
  await page.getByText("I was invited").click();
  await page.getByLabel("Invitation").fill(invitation);
  await page.getByLabel("Password, of at least").fill(PASSWORD);
  await page.getByRole("button", { name: "Choose this password" }).click();
  await page.getByText("The password is chosen.").waitFor();
}

async function enter(page, name) {
  if (name) await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Enter by name" }).click();
}

/** A security key with a PIN, which answers while it is told to. Otherwise nobody touches it, and the question is closed. */
async function virtualAuthenticator(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "usb", hasUserVerification: true, isUserVerified: true, hasResidentKey: false },
  });
  return {
    answers: (does) => session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: does }),
  };
}

/** Both themes, on a telephone and on a desk. */
async function pictures(page, name) {
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}-${width}.png`), fullPage: true });
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than ${width} px`);
    }
  }
  await page.setViewportSize(before);
}

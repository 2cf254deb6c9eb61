// The console in a real browser, before a real server and a real edge: found by role and label, as people find things.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { startUp } from "./up.mjs";

// `cargo xtask` installs the package below the build folder and says so in NODE_PATH.
const { chromium } = createRequire(import.meta.url)("playwright-core");

const SCREENSHOTS = join(process.env.CARGO_TARGET_DIR, "screenshots");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

let up, browser;

before(async () => {
  up = await startUp();
  browser = await chromium.launch({ executablePath: process.env.KEYSTILE_TEST_BROWSER, args: FLAGS });
  await mkdir(SCREENSHOTS, { recursive: true });
});

after(async () => {
  await browser?.close();
  await up?.stop();
});

/** A page of a visitor of its own, and what went wrong in it. */
async function open() {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 } })).newPage();
  const troubles = [];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) troubles.push(message.text());
  });
  await page.goto(up.console);
  return { page, troubles };
}

async function signIn(page, token) {
  await page.getByLabel("API token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const rows = (page) => page.getByRole("table", { name: /keys of this issuer/i }).getByRole("row");

test("a wrong token is refused and shows nothing", async () => {
  const { page, troubles } = await open();
  await signIn(page, "ks_aaaaaaaa_" + "A".repeat(43));
  await page.getByRole("alert").filter({ hasText: /\S/ }).first().waitFor();
  assert.equal(await rows(page).count(), 0);
  assert.deepEqual(troubles, []);
});

test("an administrator signs in, turns the key, and sees the edge confirm it", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  const active = rows(page).filter({ hasText: "active" });
  await active.first().waitFor();
  const before = await active.locator("code").first().textContent();
  await page.screenshot({ path: join(SCREENSHOTS, "keys.png"), fullPage: true });

  await page.getByRole("button", { name: /^Rotate/ }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill("quarterly");
  await page.screenshot({ path: join(SCREENSHOTS, "rotate.png") });
  await dialog.getByRole("button", { name: "Rotate", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });

  // The edge looks for news while it is visited.
  const visits = setInterval(() => fetch(`${up.edge}/.well-known/keystile`).catch(() => {}), 500);
  try {
    await rows(page).filter({ hasText: before }).filter({ hasText: "retiring" }).waitFor({ timeout: 90_000 });
    await page.getByText(/Every region runs version/).waitFor({ timeout: 90_000 });
  } finally {
    clearInterval(visits);
  }
  assert.notEqual(await active.locator("code").first().textContent(), before);
  await page.screenshot({ path: join(SCREENSHOTS, "rotated.png"), fullPage: true });
  assert.deepEqual(troubles, []);
});

/** Opens the dialog of a button, gives the reason, and does what it asks about. */
async function carryOut(page, button, go, fields = { Reason: "a test" }) {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog");
  for (const [label, text] of Object.entries(fields)) await dialog.getByLabel(label).fill(text);
  await dialog.getByRole("button", { name: go, exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
}

test("a rollback leads back to the key that signed before", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  const before = await rows(page).filter({ hasText: "retiring" }).first().locator("code").first().textContent();
  await carryOut(page, /^Roll back to key/, "Roll back");
  await rows(page).filter({ hasText: before }).filter({ hasText: "active" }).waitFor();
  assert.deepEqual(troubles, []);
});

test("a rotation is paused, resumed and cancelled", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  await carryOut(page, /^Rotate/, "Rotate");
  await carryOut(page, /^Pause/, "Pause");
  await page.getByText(/Paused since/).waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "paused.png"), fullPage: true });
  await carryOut(page, /^Cancel rotation/, "Cancel rotation", {});
  await page.locator("#outcome").getByText(/The rotation is cancelled/).waitFor();
  assert.deepEqual(troubles, []);
});

test("an emergency says whom it logs out, is followed region by region, and its time is kept", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  const active = rows(page).filter({ hasText: "active" });
  const stolen = await active.first().locator("code").first().textContent();
  await page.getByRole("button", { name: /^Emergency/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/all users must sign in again. Tokens seen at the edge/).waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "emergency.png") });
  await dialog.getByLabel("Reason").fill("laptop stolen");
  await dialog.getByLabel(/^Type/).fill(stolen);
  await dialog.getByRole("button", { name: "Revoke and replace now" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByText(/\d of \d regions? ha(s|ve) confirmed version/).waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "emergency-under-way.png"), fullPage: true });
  await page.getByText(/to the last region/).waitFor({ timeout: 90_000 });
  await rows(page).filter({ hasText: stolen }).filter({ hasText: "revoked" }).waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "after-the-emergency.png"), fullPage: true });
  assert.deepEqual(troubles, []);
});

/** Names whom the form means, and looks at what the server says would happen. */
async function rehearseTakingBack(page, scope, value) {
  await page.getByLabel("Whose").selectOption(scope);
  if (value) await page.getByLabel("Its value").fill(value);
  await page.getByRole("button", { name: "Show what would happen…" }).click();
  return page.getByRole("dialog");
}

test("tokens are taken back: by session, token, subject, client, key and everybody's", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  const kid = await rows(page).filter({ hasText: "active" }).first().locator("code").first().getAttribute("title");
  const targets = [["sid", "s-8841"], ["jti", "4f1c9a"], ["sub", "user-42"], ["client_id", "mobile"], ["kid", kid], ["all"]];
  for (const [scope, value] of targets) {
    const dialog = await rehearseTakingBack(page, scope, value);
    await dialog.getByText(/cannot be undone/).waitFor();
    await dialog.getByLabel("Reason").fill("a test");
    if (scope === "sid") {
      // Looking changes nothing, and neither does a confirmation that says something else.
      await page.screenshot({ path: join(SCREENSHOTS, "take-back.png") });
      await dialog.getByLabel(/^Type/).fill("yes");
      await dialog.getByRole("button", { name: "Take back for good" }).click();
      await dialog.getByRole("alert").filter({ hasText: /Type s-8841/ }).waitFor();
      await page.locator("#taken-back").getByText("No token and no session is taken back by name.").waitFor();
    }
    await dialog.getByLabel(/^Type/).fill(value?.slice(0, 8) ?? "main");
    await dialog.getByRole("button", { name: "Take back for good" }).click();
    await dialog.waitFor({ state: "hidden" });
  }
  await page.locator("#taken-back").getByText(/1 token and 1 session/).waitFor();
  const epochs = page.getByRole("table", { name: /before which tokens are refused/ });
  for (const words of ["user-42", "mobile", kid.slice(0, 8), "everybody"]) await epochs.getByText(words).waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "taken-back.png"), fullPage: true });
  assert.deepEqual(troubles, []);
});

test("a kid that names no key is refused before anything is asked", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  await rows(page).first().waitFor();
  await rehearseTakingBack(page, "kid", "nonsense");
  await page.getByRole("alert").filter({ hasText: "No key starts with nonsense." }).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.deepEqual(troubles, []);
});

test("the emergency stands apart from the rotation", async () => {
  const { page } = await open();
  await signIn(page, up.admin_token);
  const emergency = page.getByRole("region", { name: "A key has leaked" }).getByRole("button", { name: /^Emergency/ });
  await emergency.waitFor();
  assert.equal(await page.getByRole("button", { name: /^Emergency/ }).count(), 1);
  const [one, other] = [await emergency.boundingBox(), await page.getByRole("button", { name: /^Rotate/ }).boundingBox()];
  assert.ok(one.y - other.y > 300, "they are near each other");
});

test("whoever signs out sees nothing any more", async () => {
  const { page, troubles } = await open();
  await signIn(page, up.admin_token);
  await rows(page).first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API token").waitFor();
  await page.reload();
  await page.getByLabel("API token").waitFor();
  assert.equal(await rows(page).filter({ hasText: "active" }).count(), 0);
  assert.deepEqual(troubles, []);
});

// Sign-in with a real identity provider as a person does it: from the console's sign-in page, in a real browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launch, open } from "../console/chromium.mjs";
import { forAxe, inOrder } from "../console/in_order.mjs";
import { freePort, startKeystile } from "./keystile.mjs";
import { startProvider } from "./real_provider.mjs";

const world = {};
const without = process.env.KEYSTILE_TEST_BROWSER ? {} : { skip: "there is no Chromium here" };

before(async () => {
  if (without.skip) return;
  const [port, providerPort] = [await freePort(), await freePort()];
  world.provider = await startProvider(providerPort, `http://127.0.0.1:${port}/v1/session/provider/callback`);
  [world.keystile, world.browser] = await Promise.all([startKeystile(world.provider.issuer, port), launch()]);
});

after(async () => {
  await world.browser?.close();
  await world.keystile?.stop();
  await world.provider?.stop();
});

const button = (page) => page.getByRole("button", { name: "Sign in with Example Inc." });

/** Signs in on the provider's own pages. */
async function signInThere(page, login) {
  await page.getByPlaceholder("Enter any login").fill(login);
  await page.getByPlaceholder("and password").fill("any");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

const complaint = (page) => page.locator("#provider-error:not(:empty)");

test("a person signs in with the provider, another site, and out again", without, async () => {
  const { page, troubles } = await open(world.browser, world.keystile.url);
  await button(page).click();
  await page.waitForURL(`${world.provider.issuer}/**`);
  await signInThere(page, "grace");
  await page.getByText("grace (operator)").waitFor();
  assert.equal(page.url(), `${world.keystile.url}/`);
  const cookies = await page.context().cookies(world.keystile.url);
  assert.deepEqual(cookies.map(({ name, sameSite, httpOnly }) => [name, sameSite, httpOnly]), [["keystile_session", "Strict", true]]);
  await page.reload();
  await page.getByText("grace (operator)").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await button(page).waitFor();
  assert.deepEqual(troubles, []);
});

test("whoever has no role, or turns back, is told so on the sign-in page", without, async () => {
  const { page } = await open(world.browser, world.keystile.url);
  await button(page).click();
  await signInThere(page, "someone@else.example");
  assert.match(await complaint(page).textContent(), /none of your groups there has a role here/);
  assert.equal(page.url(), `${world.keystile.url}/`);
  const { page: other } = await open(world.browser, world.keystile.url);
  await button(other).click();
  await other.getByRole("link", { name: "Cancel" }).click();
  assert.match(await complaint(other).textContent(), /has not let you in/);
});

test("an address that somebody made up shows words of ours alone", without, async () => {
  const { page, troubles } = await open(world.browser, world.keystile.url);
  for (const code of ["<img src=x>", "__proto__", "constructor", "toString", "%E0%A4%A"]) {
    await page.goto(`${world.keystile.url}/?sign_in=${encodeURIComponent(code)}`);
    assert.match(await complaint(page).textContent(), /^Nobody was signed in\./);
    assert.equal(await page.locator("#provider-error img").count(), 0);
    assert.equal(page.url(), `${world.keystile.url}/`);
  }
  assert.deepEqual(troubles, []);
});

test("the sign-in page with its button is in order, in both themes and at every width", without, async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { page } = await open(world.browser, `${world.keystile.url}/?sign_in=no_role`, forAxe(colorScheme));
    await button(page).waitFor();
    await inOrder(page, "sign-in-provider", colorScheme);
  }
});

test("while the provider is away, the sign-in page says so and the other ways stay open", without, async () => {
  await world.provider.stop();
  // A server that has never heard of it: what was read once is used for an hour.
  const port = await freePort();
  const fresh = await startKeystile(world.provider.issuer, port);
  try {
    const { page } = await open(world.browser, fresh.url);
    await button(page).click();
    assert.match(await complaint(page).textContent(), /cannot be read/);
    await page.getByLabel("API token").fill(fresh.token);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
  } finally {
    await fresh.stop();
  }
});

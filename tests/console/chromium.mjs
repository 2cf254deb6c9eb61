// Chromium, and what every case does in it: open a page, sign in, find things as people find them.

import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

// `cargo xtask` installs the packages below the build folder and says so in NODE_PATH.
const { chromium } = createRequire(import.meta.url)("playwright-core");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
export const SCREENSHOTS = join(process.env.CARGO_TARGET_DIR, "screenshots");

export async function launch() {
  await mkdir(SCREENSHOTS, { recursive: true });
  return chromium.launch({ executablePath: process.env.KEYSTILE_TEST_BROWSER, args: FLAGS });
}

/** A page of a visitor of its own, what went wrong in it, and whom it asked for what. */
export async function open(browser, address, context = {}) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...context })).newPage();
  const [troubles, asked] = [[], []];
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) troubles.push(message.text());
  });
  page.on("request", (request) => asked.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`));
  await page.goto(address);
  return { page, troubles, asked };
}

/** Types a token that may be wrong. */
export async function present(page, token) {
  await page.getByLabel("API token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signIn(page, token) {
  await present(page, token);
  await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** Follows a link of the navigation. */
export async function goTo(page, name) {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

export const keyRows = (page) => page.getByRole("table", { name: /keys of this issuer/i }).getByRole("row");

/** Opens the dialog of a button, fills it in, and does what it asks about. */
export async function carryOut(page, button, go, fields = { Reason: "a test" }) {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog");
  for (const [label, text] of Object.entries(fields)) await dialog.getByLabel(label).fill(text);
  await dialog.getByRole("button", { name: go, exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
}

/** The edge looks for news while it is visited. */
export async function visiting(edge, deed) {
  const visits = setInterval(() => fetch(`${edge}/.well-known/keystile`).catch(() => {}), 500);
  try {
    return await deed();
  } finally {
    clearInterval(visits);
  }
}

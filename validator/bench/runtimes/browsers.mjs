// Chromium and Firefox, headless, with a page to ask: { version, page, close }.

import { createRequire } from "node:module";
import { join } from "node:path";

// A page that is asked by this machine needs no network but this machine's own.
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Firefox blurs its clock by a millisecond, even where a page is isolated. */
const FINE_CLOCK = { "privacy.reduceTimerPrecision": false };

/** `plan.npm` is where playwright-core is installed. */
export async function launchChromium(plan, program) {
  const { chromium } = createRequire(join(plan.npm, "browsers.js"))("playwright-core");
  const browser = await chromium.launch({ executablePath: program, args: CHROMIUM_FLAGS });
  return { browser, version: `Chromium ${browser.version()}` };
}

/** `plan.runtimes` is where puppeteer-core is installed: playwright drives no Firefox but its own. */
export async function launchFirefox(plan, program) {
  const puppeteer = createRequire(join(plan.runtimes, "browsers.js"))("puppeteer-core");
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true, extraPrefsFirefox: FINE_CLOCK });
  return { browser, version: (await browser.version()).replace("/", " ") };
}

/**
 * Opens a page, and waits until `find`, a function that the page runs, returns something truthy, which is returned as JSON.
 * An error that the page does not catch is thrown here.
 */
export async function openPage(browser, url, find) {
  const page = await browser.newPage();
  const failed = new Promise((_, reject) => page.on("pageerror", reject));
  failed.catch(() => {});
  await page.goto(url);
  const found = page.waitForFunction(find, undefined, { timeout: 120_000 });
  return { page, found: await (await Promise.race([found, failed])).jsonValue() };
}

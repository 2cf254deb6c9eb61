// The main flows in Firefox: what differs between browsers is modules, WebAssembly, dialogs, event streams and WebCrypto.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const puppeteer = createRequire(import.meta.url)("puppeteer-core");
const FIREFOX = process.env.KEYSTILE_TEST_FIREFOX;

export function firefox(world) {
  test("Firefox: sign in, rotate, cancel, judge a token, verify the log", { skip: FIREFOX ? false : "no Firefox is here" }, async () => {
    const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX });
    try {
      const page = await browser.newPage();
      const troubles = [];
      page.on("pageerror", (error) => troubles.push(String(error)));
      /** Presses what a person would: the button or link with these words, in the dialog if one is open. */
      const press = async (words) => {
        const found = await page.waitForFunction((text) => {
          const place = document.querySelector("dialog[open]") ?? document;
          return [...place.querySelectorAll("button, nav a")].find((one) => one.textContent.trim() === text && one.checkVisibility());
        }, { timeout: 20_000 }, words);
        await found.evaluate((one) => one.click());
      };
      const said = (words) => page.waitForFunction((text) => document.body.innerText.includes(text), { timeout: 20_000 }, words);
      const goTo = async (name) => {
        await press(name);
        await page.waitForFunction((title) => document.querySelector("h1#page-title")?.textContent === title, {}, name);
      };

      await page.goto(world.up.console);
      await page.locator("#token").fill(world.up.admin_token);
      await press("Sign in");
      await said("Signing for");
      await said("Live");

      await press("Rotate…");
      await page.locator("dialog input[name=reason]").fill("in Firefox");
      await press("Rotate");
      await said("Rotation under way");
      await press("Cancel rotation…");
      await press("Cancel rotation");
      await said("The rotation is cancelled");

      await goTo("Inspector");
      await page.locator("textarea").fill(world.up.sample_token);
      await said("Judged by key set version ");

      await goTo("Audit");
      await press("Verify the log");
      await said("The log holds:");
      assert.deepEqual(troubles, []);
    } finally {
      await browser.close();
    }
  });
}

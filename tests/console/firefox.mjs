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
      const byRole = (role, name) => page.locator(`::-p-aria([role="${role}"][name="${name}"])`);
      const said = (words) => page.waitForFunction((text) => document.body.innerText.includes(text), { timeout: 20_000 }, words);
      const goTo = async (name) => {
        await byRole("link", name).click();
        await page.waitForFunction((title) => document.querySelector("h1#page-title")?.textContent === title, {}, name);
      };

      await page.goto(world.up.console);
      await page.locator("#token").fill(world.up.admin_token);
      await byRole("button", "Sign in").click();
      await said("Signing for");
      await said("Live");

      await byRole("button", "Rotate…").click();
      await page.locator("dialog input[name=reason]").fill("in Firefox");
      await byRole("button", "Rotate").click();
      await said("Rotation under way");
      await byRole("button", "Cancel rotation…").click();
      await byRole("button", "Cancel rotation").click();
      await said("The rotation is cancelled");

      await goTo("Inspector");
      await page.locator("textarea").fill(world.up.sample_token);
      await said("The edge refuses this token.");

      await goTo("Audit");
      await byRole("button", "Verify the log").click();
      await said("The log holds:");
      assert.deepEqual(troubles, []);
    } finally {
      await browser.close();
    }
  });
}

// The main flows in Firefox: what differs between browsers is modules, WebAssembly, dialogs, event streams and WebCrypto.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";

const puppeteer = createRequire(import.meta.url)("puppeteer-core");
const FIREFOX = process.env.KEYSTILE_TEST_FIREFOX;

export function firefox(world) {
  test("Firefox: sign in, rotate, lose a race, take back, make a token, judge a token, verify the log", { skip: FIREFOX ? false : "no Firefox is here" }, async () => {
    const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX });
    try {
      const page = await browser.newPage();
      const troubles = [];
      page.on("pageerror", (error) => troubles.push(String(error)));
      const able = hands(page);
      await walk(page, able);
      assert.deepEqual(troubles, []);
      // Firefox reports an event stream that is refused as an error of the page, which it is not.
      const { sessions } = await meanwhile("GET", "sessions");
      for (const { id } of sessions) await meanwhile("DELETE", `sessions/${id}`);
      await able.said("Your session has ended. Sign in again.");
    } finally {
      await browser.close();
    }
  });

  /** What people do with a page. */
  function hands(page) {
    /** Presses what a person would: the button or link with these words, in the dialog if one is open. */
    const press = async (words) => {
      const found = await page.waitForFunction((text) => {
        const place = document.querySelector("dialog[open]") ?? document;
        return [...place.querySelectorAll("button, nav a")].find((one) => one.textContent.trim() === text && one.checkVisibility());
      }, { timeout: 60_000 }, words);
      await found.evaluate((one) => one.click());
    };
    const said = (words) => page.waitForFunction((text) => document.body.innerText.includes(text), { timeout: 60_000 }, words);
    const goTo = async (name) => {
      await press(name);
      await page.waitForFunction((title) => document.querySelector("h1#page-title")?.textContent === title, {}, name);
    };
    const fill = (field, text) => page.locator(field).fill(text);
    const closed = () => page.waitForFunction(() => !document.querySelector("dialog[open]"), { timeout: 60_000 });
    return { press, said, goTo, fill, closed };
  }

  /** What another administrator does meanwhile. */
  async function meanwhile(method, path, body) {
    const headers = { authorization: `Bearer ${world.up.admin_token}`, "content-type": "application/json" };
    const response = await fetch(`${world.up.console}v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.status === 204 ? null : response.json();
  }

  async function walk(page, { press, said, goTo, fill, closed }) {
    await page.goto(world.up.console);
    await fill("#token", world.up.admin_token);
    await press("Sign in");
    await said("Signing for");
    await said("Live");

    // Somebody else was faster; then the page follows, and the rotation is called off.
    await press("Rotate…");
    await said("It starts to sign once local has confirmed it");
    await fill("dialog input[name=reason]", "in Firefox");
    await meanwhile("POST", "issuers/main/rotation", { reason: "faster" });
    await press("Rotate");
    await said("Nothing was done: the state is not the one you were shown.");
    await press("Leave as it is");
    await said("Rotation under way");
    await press("Cancel rotation…");
    await press("Cancel rotation");
    await said("The rotation is cancelled");

    await goTo("Take back");
    await page.select("select[name=scope]", "sub");
    await fill("input[name=value]", "user-of-firefox");
    await press("Show what would happen…");
    await fill("dialog input[name=reason]", "in Firefox");
    await fill("dialog input[name=confirm]", "user-of-");
    await press("Take back for good");
    await closed();
    await said("user-of-firefox");

    await goTo("People and tokens");
    await fill("input[name=label]", "of Firefox");
    await press("Make a token");
    await said("copy it now");

    await goTo("Settings");
    await said("Nobody is told of anything yet.");
    await fill("input[name=rotation_interval_days]", "45");
    await press("Show the effect…");
    await said("becomes 45.");
    await press("Leave as it is");

    await goTo("Inspector");
    await fill("textarea", world.up.sample_token);
    await said("Judged by key set version ");

    await goTo("Audit");
    await press("Verify the log");
    await said("The log holds:");

    await goTo("Emergency");
    await press("Emergency…");
    await said("all users must sign in again");
    await fill("dialog input[name=reason]", "in Firefox");
    const { issuers } = await meanwhile("GET", "status");
    await fill("dialog input[name=confirm]", issuers[0].active_kid.slice(0, 8));
    await press("Revoke and replace now");
    await closed();
    await said("Watch the edge confirm version");
  }
}

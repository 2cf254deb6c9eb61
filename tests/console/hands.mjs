// What people do with a page, by role and name, in whichever browser: the flows of `everywhere.mjs` are written over it.

import assert from "node:assert/strict";

/** The same in every browser; `way` is how one of them finds, fills and presses. */
function hands(page, way, world) {
  const sees = (source) => new RegExp(source).test(document.body.innerText);
  const source = (words) => (words instanceof RegExp ? words.source : words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const self = {
    ...way,
    visit: (path = "") => page.goto(world.up.console + path),
    /** Waits until the page says so. */
    async see(words) {
      await way.until(sees, source(words)).catch(async (error) => {
        throw new Error(`the page does not say ${words}, but ${await self.text()}`, { cause: error });
      });
    },
    text: () => page.evaluate(() => document.body.innerText),
    /** Waits until it does not say so any more. */
    lose: (words) => way.until((text) => !new RegExp(text).test(document.body.innerText), source(words)),
    closed: () => way.until(() => !document.querySelector("dialog[open]")),
    async goTo(name) {
      await way.press(name, "link");
      await way.until((title) => document.querySelector("h1#page-title")?.textContent === title, name);
    },
    async signIn() {
      await self.visit();
      await way.fillPassword(world.up.admin_token);
      await way.press("Sign in");
      await self.see("Live");
    },
    /** Opens a dialog, answers it, and sees it close. */
    async carryOut(button, go, fields = { Reason: "a test" }) {
      await way.press(button);
      for (const [label, text] of Object.entries(fields)) await way.fill(label, text);
      await way.press(go);
      await self.closed();
    },
    /** What another administrator does meanwhile. */
    async meanwhile(method, path, body, headers = {}) {
      const sent = { authorization: `Bearer ${world.up.admin_token}`, "content-type": "application/json", ...headers };
      const response = await fetch(`${world.up.console}v1/${path}`, { method, headers: sent, body: body && JSON.stringify(body) });
      assert.ok(response.ok, `${method} ${path}: ${response.status}`);
      return response.status === 204 ? null : response.json();
    },
  };
  return self;
}

const PATIENCE = 60_000;

export function inChromium(page, world) {
  // What is behind an open dialog cannot be pressed.
  const place = async () => ((await page.locator("dialog[open]").count()) > 0 ? page.getByRole("dialog") : page);
  const find = async (role, name) => (await place()).getByRole(role, { name, exact: true }).first();
  return hands(page, {
    until: (holds, argument) => page.waitForFunction(holds, argument, { timeout: PATIENCE }),
    press: async (name, role = "button") => (await find(role, name)).click(),
    fill: async (label, text) => (await find("textbox", label)).fill(text),
    fillPassword: (text) => page.getByLabel("API token").fill(text),
    choose: async (label, value) => (await find("combobox", label)).selectOption(value),
    valueOf: async (label) => (await find("textbox", label)).inputValue(),
    isBarred: async (name) => (await (await find("button", name)).getAttribute("aria-disabled")) === "true",
    offline: (off) => page.context().setOffline(off),
    forgetCookies: () => page.context().clearCookies(),
  }, world);
}

/** What has this role and this name, in the dialog if one is open: WebDriver's own search takes seconds in Firefox. */
function named(role, name) {
  const kinds = { button: "button", link: "a[href]", textbox: "input, textarea", combobox: "select" };
  const ownText = (one) => [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
  const nameOf = (one) => one.getAttribute("aria-label") ?? (one.labels?.length ? ownText(one.labels[0]) : one.textContent);
  const place = document.querySelector("dialog[open]") ?? document;
  return [...place.querySelectorAll(kinds[role])].find((one) => nameOf(one).trim() === name && one.checkVisibility() && !one.disabled);
}

export function inFirefox(page, world) {
  const find = (role, name) => page.waitForFunction(named, { timeout: PATIENCE }, role, name);
  /** As a person types it: what was there is replaced, and the page hears of it. */
  const type = (field, text) => field.evaluate((one, typed) => {
    one.focus();
    one.value = typed;
    for (const event of ["input", "change"]) one.dispatchEvent(new Event(event, { bubbles: true }));
  }, text);
  return hands(page, {
    until: (holds, argument) => page.waitForFunction(holds, { timeout: PATIENCE }, argument),
    press: async (name, role = "button") => (await find(role, name)).evaluate((one) => one.click()),
    fill: async (label, text) => type(await find("textbox", label), text),
    // A password has no role.
    fillPassword: async (text) => type(await page.waitForSelector("#token", { visible: true }), text),
    choose: async (label, value) => (await find("combobox", label)).select(value),
    valueOf: async (label) => (await find("textbox", label)).evaluate((field) => field.value),
    isBarred: async (name) => (await find("button", name)).evaluate((one) => one.getAttribute("aria-disabled") === "true"),
    offline: (off) => page.setOfflineMode(off),
    forgetCookies: async () => page.browserContext().deleteCookie(...(await page.browserContext().cookies())),
  }, world);
}

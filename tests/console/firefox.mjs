// Firefox, in which modules, WebAssembly, dialogs, event streams and WebCrypto are others than in Chromium.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, test } from "node:test";

import { everywhere } from "./everywhere.mjs";
import { inFirefox } from "./hands.mjs";

const puppeteer = createRequire(import.meta.url)("puppeteer-core");
const FIREFOX = process.env.KEYSTILE_TEST_FIREFOX;

export function firefox(world) {
  /** Started with the first case, so that it takes nothing from those before. */
  let starting;
  const start = () => (starting ??= puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, timeout: 120_000 }));
  after(async () => (await starting)?.close());

  for (const [name, flow] of Object.entries(everywhere)) {
    test(`Firefox: ${name}`, { skip: FIREFOX ? false : "no Firefox is here" }, async () => {
      const context = await (await start()).createBrowserContext();
      const page = await context.newPage();
      const troubles = [];
      page.on("pageerror", (error) => troubles.push(String(error)));
      const able = inFirefox(page, world);
      await able.signIn();
      await flow(able, world);
      // Firefox reports an event stream that is refused, or that cannot be reached, as an error of the page, which it is not.
      assert.deepEqual(troubles.filter((trouble) => !trouble.includes("/v1/events")), []);
      await context.close();
    });
  }
}

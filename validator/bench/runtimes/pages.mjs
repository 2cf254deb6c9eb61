// Browsers: a page that is isolated from other origins, which is what makes its clock a fine one.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { bundle } from "./bundle.mjs";

const TYPES = { html: "text/html", mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm", json: "application/json" };
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

// A page that measures needs no network but this machine's own.
const CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

/** Firefox blurs its clock by a millisecond, even where it is isolated. */
const FINE_CLOCK = { "privacy.reduceTimerPrecision": false };

export async function openChromium(plan, program) {
  const { chromium } = createRequire(join(plan.npm, "bench.js"))("playwright-core");
  const browser = await chromium.launch({ executablePath: program, args: CHROMIUM_FLAGS });
  return openPage(plan, browser, `Chromium ${browser.version()}`, (page, lap, words) => page.evaluate(lap, words));
}

export async function openFirefox(plan, program) {
  const puppeteer = createRequire(join(plan.runtimes, "bench.js"))("puppeteer-core");
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true, extraPrefsFirefox: FINE_CLOCK });
  const version = (await browser.version()).replace("/", " ");
  return openPage(plan, browser, version, (page, lap, words) => page.evaluate(lap, words));
}

async function openPage(plan, browser, version, evaluate) {
  const server = await serve(plan);
  const close = async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  };
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => page.on("pageerror", reject));
    failed.catch(() => {});
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const loaded = page.waitForFunction(() => globalThis.track?.description, undefined, { timeout: 120_000 });
    const description = await (await Promise.race([loaded, failed])).jsonValue();
    const lap = ([name, bits, count]) => globalThis.track.lap(name, bits, count);
    return { ...description, version, lap: (...words) => evaluate(page, lap, words), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serve(plan) {
  const made = {
    "/": '<!doctype html><title>bench</title><script type="module" src="/track.mjs"></script>',
    "/track.mjs": await bundle("page.mjs", plan),
  };
  const files = { "/material.json": plan.material, "/engines.wasm": plan.engines, "/rsa.wasm": plan.rsa };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://127.0.0.1").pathname;
    const file = files[path] ?? (path.startsWith("/keystile/") ? join(plan.package, path.slice("/keystile/".length)) : undefined);
    const body = made[path] ?? (file ? await readFile(file).catch(() => undefined) : undefined);
    const type = TYPES[path === "/" ? "html" : path.split(".").pop()] ?? "text/plain";
    response.writeHead(body === undefined ? 404 : 200, { ...ISOLATED, "content-type": type }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

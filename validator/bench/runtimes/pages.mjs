// Browsers: a page that is isolated from other origins, which is what makes its clock a fine one.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

import { launchChromium, launchFirefox, openPage } from "./browsers.mjs";
import { bundle } from "./bundle.mjs";

const TYPES = { html: "text/html", mjs: "text/javascript", js: "text/javascript", wasm: "application/wasm", json: "application/json" };
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

export async function openChromium(plan, program) {
  return openTrack(plan, await launchChromium(plan, program));
}

export async function openFirefox(plan, program) {
  return openTrack(plan, await launchFirefox(plan, program));
}

async function openTrack(plan, { browser, version }) {
  const server = await serve(plan);
  const close = async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  };
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const { page, found } = await openPage(browser, url, () => globalThis.track?.description);
    const lap = ([name, bits, count]) => globalThis.track.lap(name, bits, count);
    return { ...found, version, lap: (...words) => page.evaluate(lap, words), close };
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

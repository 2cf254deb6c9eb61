// How the suite is run in each runtime: (plan, runtime, fresh folder, server) to { version, engine, passed, failed }.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { launchChromium, launchFirefox, openPage } from "../../bench/runtimes/browsers.mjs";
import { configure, serveWorkerd } from "../../bench/runtimes/workerd.mjs";
import { NAME } from "./fresh-folder.mjs";
import { Answers } from "./suite/answers.mjs";
import { equal } from "./suite/cases.mjs";

const execute = promisify(execFile);

/** A suite that hangs is one that failed. */
const PATIENCE = { timeout: 120_000, killSignal: "SIGKILL" };
const OUTPUT = { maxBuffer: 64 << 20 };

export function runIn(plan, runtime, fresh, server) {
  switch (runtime.kind) {
    case "chromium":
    case "firefox":
      return inBrowser(plan, runtime, fresh, server);
    case "workerd":
      return inWorkerd(plan, fresh, server);
    default:
      return inProcess(runtime.program, "entries/process.mjs", fresh, server);
  }
}

/** `entry` is a path below the fresh folder. */
export async function inProcess([program, ...words], entry, fresh, server) {
  const script = [join(fresh.path, entry), server.origin];
  const { stdout } = await execute(program, [...words, ...script], { cwd: fresh.path, ...PATIENCE, ...OUTPUT });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1));
}

/** Without a bundler: the package's files as they are, found by an import map. */
async function inBrowser(plan, { kind, program: [program] }, fresh, server) {
  const { browser, version } = await (kind === "firefox" ? launchFirefox : launchChromium)(plan, program);
  try {
    return { version, ...(await inPage(browser, page(fresh, "page.html", "/entries/page.mjs", importMap(fresh)), server)) };
  } finally {
    await browser.close();
  }
}

/** Opens the page at `path` below the fresh folder, and waits for its outcome. */
export async function inPage(browser, path, server) {
  const { page, found } = await openPage(browser, `${server.origin}/${path}`, () => globalThis.outcome);
  await page.close();
  return found;
}

/** Writes a page that runs a script, and returns its path below the fresh folder. */
export function page(fresh, path, script, head = "") {
  writeFileSync(join(fresh.path, path), `<!doctype html><title>suite</title>${head}<script type="module" src="${script}"></script>`);
  return path;
}

/** What a browser is told of the package is what the package says of itself to bundlers for browsers. */
function importMap({ installed }) {
  const { exports } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  const ours = Object.entries(exports).map(([path, target]) => [path.replace(".", NAME), `/node_modules/${NAME}/${forBrowsers(target)}`]);
  const imports = { ...Object.fromEntries(ours), hono: "/node_modules/hono/dist/index.js" };
  return `<script type="importmap">${JSON.stringify({ imports })}</script>`;
}

function forBrowsers(target) {
  if (typeof target === "string") return target.slice(2);
  return forBrowsers(target.browser ?? target.default);
}

/** Bundled by wrangler, as it would be for Cloudflare, and without any compatibility flag. */
async function inWorkerd(plan, fresh, server) {
  const bundle = join(fresh.path, "worker");
  writeFileSync(join(fresh.path, "wrangler.toml"), 'name = "suite"\nmain = "entries/worker.mjs"\ncompatibility_date = "2026-01-01"\n');
  const wrangler = join(plan.npm, "node_modules/.bin/wrangler");
  const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
  await execute(wrangler, ["deploy", "--dry-run", "--outdir", bundle], { cwd: fresh.path, env, ...PATIENCE });
  const modules = readdirSync(bundle).filter((name) => /\.(js|wasm)$/.test(name));
  const { child, url, version } = await serveWorkerd(plan, configure(bundle, modules.sort((a, b) => b.endsWith(".js") - a.endsWith(".js"))));
  const ask = async (path, words) => {
    const response = await fetch(`${url}${path}?${new URLSearchParams(words)}`, { signal: AbortSignal.timeout(PATIENCE.timeout) });
    if (!response.ok) throw new Error(`workerd answers ${response.status}: ${await response.text()}`);
    return response.json();
  };
  try {
    const { engine, passed, failed } = await ask("", { server: server.origin });
    const title = "requests that come at once share one reading of a remote key set";
    const wrong = await sharing(ask, server).then(() => [], ({ message }) => [{ title, message }]);
    return { version, engine, passed: passed + 1 - wrong.length, failed: [...failed, ...wrong] };
  } finally {
    child.kill("SIGKILL");
  }
}

/** In Workers one request cannot wait for what another has begun, and must not begin it again either. */
async function sharing(ask, { origin, material }) {
  const { key_set, token, now } = material.vectors[0].vector;
  const answers = await new Answers(origin).give({ body: key_set.jwks, delay: 300 });
  const verdicts = await Promise.all(Array.from({ length: 5 }, () => ask("follow", { url: answers.url, token, now })));
  equal(verdicts.map(({ ok }) => ok), Array(5).fill(true));
  equal((await answers.asked()).length, 1);
}

// How the suite is run in each runtime: (plan, runtime, fresh folder, server) to { version, engine, passed, failed }.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { launchChromium, launchFirefox, openPage } from "../../bench/runtimes/browsers.mjs";
import { configure, serveWorkerd } from "../../bench/runtimes/workerd.mjs";
import { NAME } from "./fresh-folder.mjs";

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
  const imports = Object.entries(exports).map(([path, target]) => [path.replace(".", NAME), `/node_modules/${NAME}/${forBrowsers(target)}`]);
  return `<script type="importmap">${JSON.stringify({ imports: Object.fromEntries(imports) })}</script>`;
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
  try {
    const response = await fetch(`${url}?server=${encodeURIComponent(server.origin)}`, { signal: AbortSignal.timeout(PATIENCE.timeout) });
    const said = await response.text();
    if (!response.ok) throw new Error(`workerd answers ${response.status}: ${said}`);
    return { version, ...JSON.parse(said) };
  } finally {
    child.kill("SIGKILL");
  }
}

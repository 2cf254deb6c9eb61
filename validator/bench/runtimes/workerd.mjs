// workerd itself, without wrangler's proxy. A lap is timed from here, and an empty request beside it is taken off.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

import { bundle } from "./bundle.mjs";

/** A request costs a good part of a millisecond: a lap must be long beside it, and there are fewer of them. */
export function slower({ rounds, warmUp, lapTime }) {
  return { rounds: Math.ceil(rounds / 3), warmUp, lapTime: lapTime * 10, firstCount: 40 };
}

/** Tests and measurements talk to this machine, and to nobody else. */
const NETWORK = '(name = "internet", network = (allow = ["private"]))';
const KINDS = { mjs: "esModule", js: "esModule", wasm: "wasm", json: "text" };

export async function openWorkerd(plan) {
  const { child, url, version } = await serveWorkerd(plan, await prepared(plan));
  const time = async (body) => {
    const start = performance.now();
    const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
    const said = await response.text();
    if (!response.ok) throw new Error(`workerd answers ${response.status}: ${said}`);
    return (performance.now() - start) * 1e3;
  };
  const close = async () => void child.kill("SIGKILL");
  try {
    return {
      ...(await (await fetch(url)).json()),
      version,
      // What is lost in the noise of two requests took some time too.
      lap: async (name, bits, count) => Math.max(0.01, ((await time({ name, bits, count })) - (await time({}))) / count),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Lays the worker's modules in a folder of their own, and returns the configuration that names them. */
async function prepared(plan) {
  const folder = join(dirname(plan.file), "workerd");
  rmSync(folder, { recursive: true, force: true });
  const ofPackage = ["", "relaxed"].flatMap((sub) =>
    readdirSync(join(plan.package, sub)).filter((name) => /\.(mjs|js|wasm)$/.test(name)).map((name) => join(sub, name)),
  );
  const files = {
    "engines.wasm": plan.engines,
    "rsa.wasm": plan.rsa,
    "material.json": plan.material,
    ...Object.fromEntries(ofPackage.map((name) => [`keystile/${name}`, join(plan.package, name)])),
  };
  for (const [name, from] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(from, join(folder, name));
  }
  writeFileSync(join(folder, "worker.mjs"), await bundle("worker.mjs", plan));
  return configure(folder, ["worker.mjs", ...Object.keys(files)], ["nodejs_compat"]);
}

/** Writes the configuration of a worker whose modules lie in `folder`, the first of which is its entry. */
export function configure(folder, names, flags = []) {
  const modules = names.map((name) => `(name = "${name}", ${KINDS[name.split(".").pop()]} = embed "${name}")`);
  const settings = `compatibilityDate = "2026-01-01", compatibilityFlags = ${JSON.stringify(flags)}`;
  const file = join(folder, "config.capnp");
  writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "worker", worker = (modules = [${modules.join(",\n    ")}], ${settings})), ${NETWORK}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
`);
  return file;
}

/** Starts workerd. The fourth open file is where it says which port it got. */
export async function serveWorkerd(plan, config) {
  const require = createRequire(join(plan.npm, "workerd.js"));
  const child = spawn(require("workerd").default, ["serve", "--control-fd=3", config], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const failed = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdio[3] })[Symbol.asyncIterator]();
  const { value } = await Promise.race([lines.next(), failed]);
  const version = `workerd ${require("workerd/package.json").version}`;
  return { child, version, url: `http://127.0.0.1:${JSON.parse(value).port}/` };
}

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

const SETTINGS = 'compatibilityDate = "2026-01-01", compatibilityFlags = ["nodejs_compat"]';
const KINDS = { mjs: "esModule", js: "esModule", wasm: "wasm", json: "text" };

export async function openWorkerd(plan) {
  const require = createRequire(join(plan.npm, "bench.js"));
  const { child, url } = await serve(require("workerd").default, await prepared(plan));
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
      version: `workerd ${require("workerd/package.json").version}`,
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
  const modules = ["worker.mjs", ...Object.keys(files)].map((name) => {
    return `(name = "${name}", ${KINDS[name.split(".").pop()]} = embed "${name}")`;
  });
  writeFileSync(join(folder, "bench.capnp"), configuration(modules));
  return join(folder, "bench.capnp");
}

function configuration(modules) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "bench", worker = (modules = [${modules.join(",\n    ")}], ${SETTINGS}))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "bench")],
);
`;
}

/** The fourth open file is where workerd says which port it got. */
async function serve(program, config) {
  const child = spawn(program, ["serve", "--control-fd=3", config], { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  const failed = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
  });
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdio[3] })[Symbol.asyncIterator]();
  const { value } = await Promise.race([lines.next(), failed]);
  return { child, url: `http://127.0.0.1:${JSON.parse(value).port}/` };
}

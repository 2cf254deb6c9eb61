// The referee of `cargo xtask bench edge`: node main.mjs PLAN, where PLAN is a JSON file. Prints one JSON document.
//
// Worker, jose, origin and store run in one workerd, and a driver in the same one sends the requests. Everybody has a
// lap in each round; what verification adds to a request is the median, over the rounds, of the difference to the very
// same worker on a route that needs no token.

import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { serveWorkerd } from "../runtimes/workerd.mjs";
import { Signer } from "../../worker/test/signer.mjs";
import { measureGates } from "./gates.mjs";
import { median, rowsOf, runRounds } from "./rounds.mjs";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const ISSUER = "https://issuer.example";
const AUDIENCE = "api.example";
const seconds = Math.floor(Date.now() / 1000);

/** More than the worker keeps verdicts of: 1,024 in each of two generations. Each comes again only when it is forgotten. */
const TOKENS = 4_096;

const LAPS = [
  { name: "keystile, no token needed", target: "KEYSTILE", path: "/open", step: 1 },
  { name: "keystile, cold", target: "KEYSTILE", path: "/orders", step: 1, beside: "keystile, no token needed" },
  { name: "keystile, warm", target: "KEYSTILE", path: "/orders", step: 0, beside: "keystile, no token needed" },
  { name: "jose, no token needed", target: "JOSE", path: "/open", step: 1 },
  { name: "jose", target: "JOSE", path: "/orders", step: 1, beside: "jose, no token needed" },
];

const [root, key] = [new Signer(), new Signer()];
const folder = join(plan.folder, "workerd");
await prepare();
const edge = await measureRequests();
const document = {
  token_bytes: JSON.parse(readFileSync(join(folder, "material.json"), "utf8")).tokens[0].length,
  rounds: plan.rounds,
  edge,
  start_up: await measureStartUp(),
  sizes: sizes(),
  gates: await measureGates(plan, { root, key, issuer: ISSUER, audience: AUDIENCE, tokens: TOKENS }),
};
console.log(JSON.stringify(document));
process.exit(0);

async function prepare() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const claims = (index) => ({ iss: ISSUER, aud: AUDIENCE, sub: `user-${index}`, iat: seconds, exp: seconds + 86_400, scope: "read write", jti: crypto.randomUUID() });
  const tokens = Array.from({ length: TOKENS }, (_, index) => key.token(claims(index)));
  writeFileSync(join(folder, "material.json"), JSON.stringify({ jwks: { keys: [key.jwk] }, issuer: ISSUER, audience: AUDIENCE, tokens }));
  const document = { iss: ISSUER, version: 1, iat: seconds, exp: seconds + 86_400, refresh: 300 };
  writeFileSync(join(folder, "key-set.txt"), root.keySet([key], document));
  const ours = (name) => fileURLToPath(new URL(name, import.meta.url));
  for (const name of ["driver.mjs", "origin.mjs", "store.mjs"]) copyFileSync(ours(name), join(folder, name));
  for (const name of ["index.js", "index_bg.wasm"]) copyFileSync(join(plan.worker, name), join(folder, name));
  const { build } = createRequire(join(plan.npm, "bench.js"))("esbuild");
  await build({
    entryPoints: [ours("jose.mjs")], outfile: join(folder, "jose.mjs"), bundle: true, minify: true, format: "esm", target: "esnext",
    nodePaths: [join(plan.npm, "node_modules")], external: ["./material.json"], conditions: ["workerd", "worker", "browser"], logLevel: "error",
  });
}

function policy() {
  const keys = { signed: { at: "kv:keyset/main", roots: { keys: [root.jwk] } } };
  return JSON.stringify({
    format: 1,
    providers: { main: { issuer: ISSUER, audience: AUDIENCE, keys } },
    routes: [
      { id: "open", path: "/open", require: "none" },
      { id: "rest", path: "/**", require: { provider: "main" } },
    ],
  });
}

/** Services by name, each with its modules, of which the first is the entry, and its bindings. */
function services() {
  const text = (name, value) => `(name = "${name}", text = ${JSON.stringify(value)})`;
  return {
    origin: { modules: ["origin.mjs"] },
    store: { modules: ["store.mjs", "key-set.txt"] },
    keystile: {
      modules: ["index.js", "index_bg.wasm"],
      bindings: [`(name = "KEYSETS", kvNamespace = "store")`, text("POLICY", policy()), text("ORIGIN", "http://origin.example")],
      outbound: "origin",
    },
    jose: { modules: ["jose.mjs", "material.json"], outbound: "origin" },
    driver: {
      modules: ["driver.mjs", "material.json"],
      bindings: [`(name = "KEYSTILE", service = "keystile")`, `(name = "JOSE", service = "jose")`],
    },
  };
}

/** Writes a configuration with these services, of which `front` is reached from outside. */
function configured(names, front) {
  const kinds = { mjs: "esModule", js: "esModule", wasm: "wasm", json: "text", txt: "text" };
  const one = (name) => {
    const { modules, bindings = [], outbound } = services()[name];
    const embedded = modules.map((it) => `(name = "${it}", ${kinds[it.split(".").pop()]} = embed "${it}")`);
    const out = outbound === undefined ? "" : `, globalOutbound = "${outbound}"`;
    return `(name = "${name}", worker = (modules = [${embedded.join(", ")}], bindings = [${bindings.join(", ")}], compatibilityDate = "2026-01-01"${out}))`;
  };
  const file = join(folder, `${front}.capnp`);
  writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${names.map(one).join(",\n    ")}, (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "${front}")],
);
`);
  return file;
}

async function measureRequests() {
  const config = configured(["origin", "store", "keystile", "jose", "driver"], "driver");
  const { child, url, version } = await serveWorkerd(plan, config);
  try {
    let next = 0;
    const lap = async ({ target, path, step }) => {
      const body = JSON.stringify({ target, path, first: step === 0 ? 0 : next, step, count: plan.count });
      next = (next + step * plan.count) % TOKENS;
      const start = performance.now();
      const response = await fetch(url, { method: "POST", body });
      if (!response.ok) throw new Error(await response.text());
      await response.text();
      return ((performance.now() - start) * 1e3) / plan.count;
    };
    const times = await runRounds(LAPS, lap, plan);
    return { runtime: version, requests_a_lap: plan.count, rows: rowsOf(LAPS, times) };
  } finally {
    child.kill("SIGKILL");
  }
}

/** A fresh process each time: from its start to the first answer to a good token. */
async function measureStartUp() {
  const contenders = [
    { name: "a worker without a check", services: ["origin"], front: "origin" },
    { name: "jose", services: ["origin", "jose"], front: "jose" },
    { name: "keystile", services: ["origin", "store", "keystile"], front: "keystile" },
  ];
  const { tokens } = JSON.parse(readFileSync(join(folder, "material.json"), "utf8"));
  const times = contenders.map(() => []);
  for (let round = 0; round < plan.fresh; round += 1) {
    for (const [index, { services, front }] of contenders.entries()) {
      const config = configured(services, front);
      const start = performance.now();
      const { child, url } = await serveWorkerd(plan, config);
      const response = await fetch(`${url}orders`, { headers: { authorization: `Bearer ${tokens[0]}` } });
      const said = await response.text();
      times[index].push(performance.now() - start);
      child.kill("SIGKILL");
      if (!response.ok) throw new Error(`${front}: ${response.status} ${said}`);
    }
  }
  const base = median(times[0]);
  return contenders.map(({ name }, index) => ({ name, ms: median(times[index]), added_ms: median(times[index]) - base }));
}

function sizes() {
  return ["index_bg.wasm", "index.js", "jose.mjs"].map((name) => {
    const bytes = readFileSync(join(folder, name));
    return { name, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
  });
}

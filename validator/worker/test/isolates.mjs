// Runs several isolates of the built worker in one real workerd, with a clock that can be moved and a store that can
// fail on demand. Each has a KV namespace of its own, as data centers see KV at different times; they share the
// emergency channel, a real Durable Object. Points of Analytics Engine, which nobody can read here, are remembered.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { Miniflare, convertV4MiniflareOptions } = createRequire(import.meta.url)("miniflare");
const BUILD = fileURLToPath(new URL("../build/", import.meta.url));

/** Stands around the worker, which is as it is deployed: moves what it takes for the time, and lets its bindings fail. */
const STAGE = `
import Gateway from "./index.js";
export * from "./index.js";

const RealDate = Date;
const stage = { offset: 0, down: [] };
let calls = 0;
globalThis.Date = class extends RealDate {
  constructor(...given) { super(...(given.length > 0 ? given : [RealDate.now() + stage.offset])); }
  static now() { return RealDate.now() + stage.offset; }
};
const breakable = (name, binding) => new Proxy(binding, {
  get: (target, member) => {
    const value = target[member];
    if (typeof value !== "function") return value;
    return (...given) => {
      calls += 1;
      if (stage.down.includes(name)) throw new Error(name + " is down");
      return value.apply(target, given);
    };
  },
});
const points = [];
export default class extends Gateway {
  constructor(context, env) {
    const ANALYTICS = { writeDataPoint: (point) => points.push(point) };
    super(context, { ...env, KEYSETS: breakable("KEYSETS", env.KEYSETS), ...(env.POINTS ? { ANALYTICS } : {}) });
  }
  async fetch(request) {
    if (new URL(request.url).pathname !== "/__stage") return super.fetch(request);
    Object.assign(stage, await request.json());
    return Response.json({ points, calls });
  }
}
`;

/** The worker with `variables`, in `count` isolates. Stop them with `stop`. */
export async function startIsolates(count, variables, { channel = true, analytics = false } = {}) {
  const [index, wasm] = await Promise.all(["index.js", "index_bg.wasm"].map((name) => readFile(BUILD + name)));
  const modules = [
    { type: "ESModule", path: "stage.mjs", contents: STAGE },
    { type: "ESModule", path: "index.js", contents: index.toString() },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: wasm },
  ];
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  const objects = (at) => ({ className: "EmergencyChannel", ...(at === 0 ? { useSQLite: true } : { scriptName: "edge-0" }) });
  const workers = Array.from({ length: count }, (_, at) => ({
    name: `edge-${at}`,
    modules,
    compatibilityDate: "2026-10-01",
    bindings: { ...Object.fromEntries(given), ...(analytics ? { POINTS: true } : {}) },
    kvNamespaces: { KEYSETS: `store-${at}` },
    ...(channel ? { durableObjects: { EMERGENCY_CHANNEL: objects(at) } } : {}),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  }));
  let lines = [];
  const handleStructuredLogs = ({ message }) => lines.push(...message.split("\n").filter((line) => line.startsWith("{")));
  const runtime = new Miniflare(convertV4MiniflareOptions({ workers, handleStructuredLogs }));
  await runtime.ready;
  const isolates = await Promise.all(workers.map(async ({ name }) => {
    const url = (await runtime.unsafeGetDirectURL(name)).toString().replace(/\/$/, "");
    const store = await runtime.getKVNamespace("KEYSETS", name);
    return {
      url,
      fetch: (path, init) => fetch(url + path, { redirect: "manual", ...init }),
      withToken: (token, path = "/", init = {}) =>
        fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } }),
      status: async () => (await fetch(`${url}/.well-known/keystile`)).json(),
      publish: (document, key = "keyset/main") => store.put(key, document),
      withdraw: (key = "keyset/main") => store.delete(key),
      /** Moves the clock by `offset` milliseconds from the real time, and lets the bindings in `down` fail. Says how
       *  often the store was asked so far, and the points that were written. */
      set: async (stage) => (await fetch(`${url}/__stage`, { method: "POST", body: JSON.stringify(stage) })).json(),
      deliver: (document, id = "main") =>
        fetch(`${url}/.well-known/keystile/key-sets/${id}`, { method: "PUT", body: document }),
    };
  }));
  return {
    isolates,
    stop: () => runtime.dispose(),
    /** Forgets what was logged. */
    takeLog: () => (lines = []),
    /** The lines of the worker's log, once there are so many. */
    logged: async (count) => {
      for (let attempt = 0; lines.length < count && attempt < 100; attempt += 1) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return lines;
    },
  };
}

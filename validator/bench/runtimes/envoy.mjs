// Envoy, whose `jwt_authn` is asked what it adds to a request: the same requests pass a listener with it and one without,
// and what counts is the time that Envoy's one worker spends on a processor. Our native program, which is measured beside
// it, is measured in the same way, so that neither figure holds any waiting, or any of the client.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";

import { openProcess } from "./process.mjs";

const PATIENCE = 20_000;
const CONNECTIONS = 16;
const [WITH, WITHOUT] = ["with-jwt-authn", "without"];

/** `programs` are Envoy, and our native program with its arguments. */
export async function openEnvoy(plan, [envoy, ...ours]) {
  const material = JSON.parse(readFileSync(plan.material, "utf8"));
  const folder = dirname(plan.file);
  const adminAt = join(folder, "envoy-admin.txt");
  const configuration = join(folder, "envoy.json");
  writeFileSync(adminAt, "");
  writeFileSync(configuration, JSON.stringify(bootstrap(material)));
  const words = ["--config-path", configuration, "--admin-address-path", adminAt, "--concurrency", "1", "--disable-hot-restart"];
  const child = spawn(envoy, [...words, "--log-level", "error"], { stdio: ["ignore", "ignore", "inherit"] });
  const native = await openProcess(ours);
  const close = async () => {
    await native.close();
    child.kill("SIGKILL");
  };
  try {
    const admin = await until(() => readFileSync(adminAt, "utf8").trim() || undefined);
    const { version, ports } = await until(() => asked(`http://${admin}`));
    const [guarded, open] = await Promise.all([WITH, WITHOUT].map((name) => client(ports[name])));
    await refusesWhatIsForged(guarded, material);
    const worker = threadOf(child.pid, "wrk:worker_0");
    const added = async (bits, count) => {
      const requests = requestsFor(material, bits, count);
      const [more, less] = [await spent(worker, () => guarded(requests)), await spent(worker, () => open(requests))];
      return Math.max(0.01, (more - less) / count);
    };
    const program = threadOf(native.pid);
    const lap = (name, bits, count) =>
      name === ENVOY ? added(bits, count) : spent(program, () => native.lap("keystile", bits, count)).then((us) => us / count);
    return { version, engine: native.engine, absent: {}, present: [ENVOY, OURS].map((name) => ({ name, kind: "token" })), lap, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const ENVOY = "Envoy, jwt_authn";
const OURS = "keystile, native";

/** Two listeners that answer by themselves, so that no origin is measured; one of them lets nobody pass without a token. */
function bootstrap({ policy, sizes }) {
  const providers = Object.fromEntries(Object.entries(sizes).map(([bits, { jwk }]) => [`rsa-${bits}`, {
    issuer: policy.issuer,
    audiences: [policy.audience],
    local_jwks: { inline_string: JSON.stringify({ keys: [jwk] }) },
  }]));
  const rules = Object.keys(sizes).map((bits) => ({ match: { prefix: `/${bits}` }, requires: { provider_name: `rsa-${bits}` } }));
  const jwtAuthn = filter("envoy.filters.http.jwt_authn", "jwt_authn.v3.JwtAuthentication", { providers, rules });
  return {
    admin: { address: address(0) },
    static_resources: { listeners: [listener(WITH, [jwtAuthn]), listener(WITHOUT, [])] },
  };
}

function listener(name, filters) {
  const answer = { match: { prefix: "/" }, direct_response: { status: 200 } };
  const manager = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: name,
    route_config: { virtual_hosts: [{ name, domains: ["*"], routes: [answer] }] },
    http_filters: [...filters, filter("envoy.filters.http.router", "router.v3.Router", {})],
  };
  const chain = { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] };
  return { name, address: address(0), filter_chains: [chain] };
}

function filter(name, type, settings) {
  return { name, typed_config: { "@type": `type.googleapis.com/envoy.extensions.filters.http.${type}`, ...settings } };
}

function address(port) {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

/** What Envoy's administration says: its version, and the port of each listener. */
async function asked(admin) {
  const json = async (path) => (await fetch(admin + path)).json();
  const [info, listeners] = [await json("/server_info"), await json("/listeners?format=json")];
  if (info.state !== "LIVE") return undefined;
  const ports = listeners.listener_statuses.map(({ name, local_address }) => [name, local_address.socket_address.port_value]);
  return { version: `Envoy ${info.version.split("/")[1]}`, ports: Object.fromEntries(ports) };
}

/** Sends requests over a few connections, each of which waits for its answer before the next: Envoy wants it so. */
async function client(port) {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connection(port)));
  return async (requests, status = 200) => {
    let at = 0;
    const work = async (answerTo) => {
      while (at < requests.length) {
        const answer = await answerTo(requests[at++]);
        if (!answer.startsWith(`HTTP/1.1 ${status} `)) throw new Error(`Envoy answers "${answer}", not ${status}`);
      }
    };
    await Promise.all(connections.map(work));
  };
}

/** Answers are short, and come in one piece. */
async function connection(port) {
  const socket = connect(port, "127.0.0.1").setNoDelay().setEncoding("latin1").setTimeout(PATIENCE);
  await once(socket, "connect");
  let answered;
  for (const [event, answer] of [["data"], ["timeout", "nothing"], ["close", "nothing"]]) {
    socket.on(event, (data) => answered?.(answer ?? data));
  }
  return (request) =>
    new Promise((resolve) => {
      answered = resolve;
      socket.write(request);
    });
}

const request = (bits, token) => `GET /${bits} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`;

let next = 0;

function requestsFor({ sizes }, bits, count) {
  const { tokens } = sizes[bits];
  return Array.from({ length: count }, () => request(bits, tokens[next++ % tokens.length]));
}

/** A filter that let everything pass would be fast. */
async function refusesWhatIsForged(guarded, { sizes }) {
  for (const [bits, { tokens }] of Object.entries(sizes)) {
    await guarded([request(bits, tokens[0].slice(0, -8) + tokens[1].slice(-8))], 401);
    await guarded(tokens.map((token) => request(bits, token)));
  }
}

/** Where the system says how long a thread has run. */
function threadOf(pid, name) {
  const tasks = `/proc/${pid}/task`;
  const thread = readdirSync(tasks).find((id) => !name || readFileSync(`${tasks}/${id}/comm`, "utf8").trim() === name);
  return `${tasks}/${thread}/schedstat`;
}

/** How many microseconds a thread spends on a processor while `job` is done for it. */
async function spent(thread, job) {
  const run = () => Number(readFileSync(thread, "utf8").split(" ")[0]) / 1e3;
  const start = run();
  await job();
  return run() - start;
}

async function until(find) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await Promise.resolve().then(find).catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error("Envoy does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// What the native gate adds to a request of nginx and of Envoy, beside what Envoy's own `jwt_authn` adds: one request
// after another, on connections that stay open, through proxies with one worker each.

import { spawn } from "node:child_process";
import { mkdirSync, openSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { rowsOf, runRounds } from "./rounds.mjs";

/** A request is long beside its lap's ends: fewer of them do. */
const REQUESTS = 100;

const children = [];

/** The figures, or why there are none. */
export async function measureGates(plan, { key, issuer, audience, tokens: count }) {
  if (plan.proxies === null) return { absent: plan.absent };
  const folder = join(plan.folder, "gates");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "logs"), { recursive: true });
  const seconds = Math.floor(Date.now() / 1000);
  const claims = (index) => ({ iss: issuer, aud: audience, sub: `user-${index}`, iat: seconds, exp: seconds + 86_400, scope: "read write", jti: crypto.randomUUID() });
  const tokens = Array.from({ length: count }, (_, index) => key.token(claims(index)));
  try {
    const ports = await start(plan, folder, { jwks: { keys: [key.jwk] }, issuer, audience });
    return { requests_a_lap: REQUESTS, rows: await race(plan, ports, tokens) };
  } finally {
    children.forEach((child) => child.kill("SIGKILL"));
  }
}

async function race(plan, ports, tokens) {
  const laps = [
    { name: "nginx", port: ports.nginx, step: 1 },
    { name: "nginx, keystile gate, cold", port: ports.nginxGate, step: 1, beside: "nginx" },
    { name: "nginx, keystile gate, warm", port: ports.nginxGate, step: 0, beside: "nginx" },
    { name: "envoy", port: ports.envoy, step: 1 },
    { name: "envoy, keystile gate, cold", port: ports.envoyGate, step: 1, beside: "envoy" },
    { name: "envoy, keystile gate, warm", port: ports.envoyGate, step: 0, beside: "envoy" },
    { name: "envoy, its jwt_authn", port: ports.envoyJwt, step: 1, beside: "envoy" },
    { name: "envoy, its jwt_authn with its cache, warm", port: ports.envoyCached, step: 0, beside: "envoy" },
  ];
  const connections = new Map();
  for (const { port } of laps) if (!connections.has(port)) connections.set(port, await Connection.to(port));
  let next = 0;
  const lap = async ({ port, step }) => {
    const connection = connections.get(port);
    const start = performance.now();
    for (let sent = 0; sent < REQUESTS; sent += 1) {
      await connection.get(tokens[step === 0 ? 0 : next]);
      next = (next + step) % tokens.length;
    }
    return ((performance.now() - start) * 1e3) / REQUESTS;
  };
  const times = await runRounds(laps, lap, plan);
  connections.forEach((connection) => connection.end());
  return rowsOf(laps, times);
}

/** One connection, one request at a time: no client library stands in the figures. */
class Connection {
  static to(port) {
    return new Promise((resolve, reject) => {
      const connection = new Connection();
      connection.port = port;
      connection.socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(connection));
      connection.socket.once("error", reject);
      connection.socket.on("data", (chunk) => connection.read(chunk));
    });
  }

  get(token) {
    this.text = "";
    this.socket.write(`GET /orders HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    return new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  read(chunk) {
    this.text += chunk;
    // The origin answers "ok" and a line break, and says how long that is.
    if (!this.text.startsWith("HTTP/1.1 200")) this.reject(new Error(`port ${this.port}: ${this.text}`));
    else if (this.text.endsWith("\r\n\r\nok\n")) this.resolve();
  }

  end() {
    this.socket.destroy();
  }
}

async function start(plan, folder, { jwks, issuer, audience }) {
  const names = ["origin", "nginx", "nginxGate", "envoy", "envoyGate", "envoyJwt", "envoyCached", "forNginx", "forEnvoy", "status1", "status2"];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()])));
  writeFileSync(join(folder, "jwks.json"), JSON.stringify(jwks));
  const provider = { issuer, audience, keys: { jwks: { at: `file:${join(folder, "jwks.json")}` } } };
  const policy = { format: 1, providers: { main: provider }, routes: [{ id: "all", path: "/**", require: { provider: "main" } }] };
  writeFileSync(join(folder, "policy.json"), JSON.stringify(policy));
  writeFileSync(join(folder, "nginx.conf"), nginx(ports));
  writeFileSync(join(folder, "envoy.json"), JSON.stringify(envoy(ports, { jwks, issuer, audience })));
  const gate = (behind, listen, status) =>
    ["gate", "--policy", join(folder, "policy.json"), "--behind", behind, "--listen", `127.0.0.1:${listen}`, "--status", `127.0.0.1:${status}`];
  run(folder, plan.gate, gate("nginx", ports.forNginx, ports.status1));
  run(folder, plan.gate, gate("envoy", ports.forEnvoy, ports.status2));
  run(folder, plan.proxies.nginx, ["-p", folder, "-c", join(folder, "nginx.conf")]);
  run(folder, plan.proxies.envoy, ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error", "--config-path", join(folder, "envoy.json")]);
  await Promise.all(names.map((name) => listening(ports[name])));
  return ports;
}

function run(folder, program, words) {
  const log = openSync(join(folder, "logs", "all.log"), "a");
  children.push(spawn(program, words, { stdio: ["ignore", log, log] }));
}

function nginx(ports) {
  return `daemon off; master_process off; pid nginx.pid; error_log stderr error;
events {}
http {
  access_log off;
  keepalive_requests 1000000;
  upstream gate { server 127.0.0.1:${ports.forNginx}; keepalive 8; }
  upstream origin { server 127.0.0.1:${ports.origin}; keepalive 8; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server { listen 127.0.0.1:${ports.origin}; location / { return 200 "ok\\n"; } }
  server { listen 127.0.0.1:${ports.nginx}; location / { proxy_pass http://origin; } }
  server {
    listen 127.0.0.1:${ports.nginxGate};
    location / {
      auth_request /_keystile;
      auth_request_set $keystile_subject $upstream_http_x_keystile_subject;
      proxy_set_header Connection "";
      proxy_set_header X-Keystile-Subject $keystile_subject;
      proxy_pass http://origin;
    }
    location = /_keystile {
      internal;
      proxy_set_header Connection "";
      proxy_set_header X-Original-Method $request_method;
      proxy_set_header X-Original-Host $host;
      proxy_set_header X-Original-URI $request_uri;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_pass http://gate;
    }
  }
}
`;
}

const TYPE = "type.googleapis.com/envoy.extensions.filters";

function envoy(ports, { jwks, issuer, audience }) {
  const address = (port) => ({ socket_address: { address: "127.0.0.1", port_value: port } });
  const listener = (name, port, filters) => ({
    name,
    address: address(port),
    filter_chains: [{ filters: [{
      name: "envoy.filters.network.http_connection_manager",
      typed_config: {
        "@type": `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
        stat_prefix: name,
        route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "origin" } }] }] },
        http_filters: [...filters, { name: "envoy.filters.http.router", typed_config: { "@type": `${TYPE}.http.router.v3.Router` } }],
      },
    }] }],
  });
  const cluster = (name, port) => ({
    name, type: "STATIC", connect_timeout: "1s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] },
  });
  const jwtAuthn = (cache) => ({
    name: "envoy.filters.http.jwt_authn",
    typed_config: {
      "@type": `${TYPE}.http.jwt_authn.v3.JwtAuthentication`,
      providers: { main: { issuer, audiences: [audience], forward: true, local_jwks: { inline_string: JSON.stringify(jwks) }, claim_to_headers: [{ header_name: "x-subject", claim_name: "sub" }], ...cache } },
      rules: [{ match: { prefix: "/" }, requires: { provider_name: "main" } }],
    },
  });
  const extAuthz = {
    name: "envoy.filters.http.ext_authz",
    typed_config: {
      "@type": `${TYPE}.http.ext_authz.v3.ExtAuthz`,
      allowed_headers: { patterns: [{ safe_regex: { regex: ".*" } }] },
      http_service: {
        server_uri: { uri: "http://gate", cluster: "gate", timeout: "5s" },
        authorization_response: { allowed_upstream_headers: { patterns: [{ prefix: "x-keystile-" }] } },
      },
    },
  };
  return {
    static_resources: {
      listeners: [
        listener("plain", ports.envoy, []),
        listener("gate", ports.envoyGate, [extAuthz]),
        listener("jwt", ports.envoyJwt, [jwtAuthn({})]),
        listener("cached", ports.envoyCached, [jwtAuthn({ jwt_cache_config: { jwt_cache_size: 1000 } })]),
      ],
      clusters: [cluster("origin", ports.origin), cluster("gate", ports.forEnvoy)],
    },
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject).listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function listening(port) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answers = await new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
      socket.unref();
      setTimeout(() => socket.destroy(), 50);
    });
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nobody listens on port ${port}: see logs/all.log`);
}

// A run of the real server, and then a search for every secret of it in everything that it left on the disk.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import {
  closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const keystile = process.env.KEYSTILE_TEST_KEYSTILE;
const folder = mkdtempSync(join(tmpdir(), "keystile-secrets-"));
const data = join(folder, "data");
const log = join(folder, "server.log");
const run = (...words) => JSON.parse(execFileSync(keystile, ["--data", data, "--json", ...words], { encoding: "utf8" }));
const running = new Set();

after(() => {
  running.forEach((child) => child.kill("SIGKILL"));
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the server in `cwd`, with core dumps allowed, and waits for its address. */
async function serve(cwd) {
  const out = openSync(log, "a");
  const started = readFileSync(log, "utf8").length;
  const words = ["-c", 'ulimit -c unlimited; exec "$0" --data "$1" serve --listen 127.0.0.1:0', keystile, data];
  const child = spawn("sh", words, { cwd, stdio: ["ignore", out, out] });
  closeSync(out);
  running.add(child);
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const url = /listening on (http:\S+)/.exec(readFileSync(log, "utf8").slice(started))?.[1];
    if (url) return { child, ended, url };
    await sleep(100);
  }
  throw new Error(`the server does not start: ${readFileSync(log, "utf8")}`);
}

/** Every file below, but the one that holds the master key. */
function files(below) {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "master.key")
    .map((entry) => join(entry.parentPath, entry.name));
}

test("no secret of a run lies on the disk, and a crash leaves no core", async () => {
  const first = run("init");
  const cwd = join(folder, "cwd");
  mkdirSync(cwd);
  const { child, ended, url } = await serve(cwd);
  const headers = { authorization: `Bearer ${first.admin_token}`, "content-type": "application/json" };
  const post = (path, body) => fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const session = await post("/v1/session", { token: first.admin_token });
  const cookie = /keystile_session=([^;]+)/.exec(session.headers.get("set-cookie"))[1];
  const { token } = await (await post("/v1/issuers/main/tokens", { subject: "alice" })).json();
  const made = await (await post("/v1/api-tokens", { label: "l", role: "viewer" })).json();
  assert.equal((await post("/v1/issuers/main/rotation", { reason: "r" })).status, 202);
  const pem = run("env", "--prefix", "PM", "--pkcs8").PM__JWT__PRIVATE_KEY;
  run("audit", "export", "--to", join(folder, "audit.jsonl"));
  const limits = readFileSync(`/proc/${child.pid}/limits`, "utf8");
  assert.match(limits, /Max core file size\s+0\s+0/);
  child.kill("SIGABRT");
  assert.equal(await ended, "SIGABRT");
  assert.deepEqual(readdirSync(cwd), []);

  const key = createPrivateKey(pem);
  const { d, p, q } = key.export({ format: "jwk" });
  const master = readFileSync(join(data, "master.key"), "utf8").trim();
  const secrets = {
    "the admin's token": [first.admin_token],
    "the edge's token": [first.edge_token],
    "a made token": [made.token],
    "the cookie": [cookie],
    "a signed token": [token.split(".")[2]],
    "the private key": [d, p, q, ...[d, p, q].map((number) => Buffer.from(number, "base64url")), pem.split("\n")[5]],
    "the master key": [master, Buffer.from(master, "base64")],
  };
  const searched = files(folder).map((path) => [path, readFileSync(path)]);
  // The search finds what is there, so that it is not blind.
  assert.ok(searched.some(([path, bytes]) => path.endsWith("keystile.db") && bytes.includes(first.kid)));
  assert.ok(searched.some(([path, bytes]) => path === log && bytes.includes("listening on")));
  for (const [path, bytes] of searched) {
    for (const [name, forms] of Object.entries(secrets)) {
      const isAnnounced = path === log && /admin_token|shown this once/.test(bytes.toString("latin1"));
      assert.ok(!isAnnounced, "the tokens of the first start were printed by init, not by this server");
      for (const form of forms) assert.ok(!bytes.includes(form), `${name} lies in ${path}`);
    }
  }
});

test("without its master key a server reads, says why it does no more, and goes on when the key is back", async () => {
  const [key, away] = [join(data, "master.key"), join(folder, "away")];
  renameSync(key, away);
  const { child, ended, url } = await serve(folder);
  const ready = await fetch(`${url}/readyz`);
  assert.equal(ready.status, 503);
  const problem = await ready.json();
  assert.equal(problem.code, "master_key_unusable");
  assert.match(problem.detail, /master\.key` is missing/);
  for (const path of ["/healthz", "/.well-known/jwks.json", "/v1/issuers/main/key-set"]) {
    assert.equal((await fetch(`${url}${path}`)).status, 200, path);
  }
  renameSync(away, key);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
});

const age = spawnSync("age", ["--version"]).status === 0;

test("age opens what keystile backs up, and keystile what age encrypts", { skip: !age && "`age` is not here" }, () => {
  const { identity, recipient } = run("backup", "key");
  const [key, backup, again] = ["restore.key", "backup.age", "again.age"].map((name) => join(folder, name));
  writeFileSync(key, `${identity}\n`);
  run("backup", "--to", backup, "--recipient", recipient);
  const plain = execFileSync("age", ["-d", "-i", key, backup], { maxBuffer: 1 << 28 });
  const end = plain.indexOf("\n");
  assert.equal(JSON.parse(plain.subarray(0, end)).format, 1);
  assert.equal(plain.subarray(end + 1, end + 16).toString(), "SQLite format 3");
  execFileSync("age", ["-r", recipient, "-o", again], { input: plain });
  assert.equal(run("backup", "drill", again, "--identity", key).issuers, 1);
});

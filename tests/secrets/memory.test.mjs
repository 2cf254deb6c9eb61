// A whole life of a real server, and then a search for every secret of it: in its memory, its database, its log and its
// backups.

import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

import { OpenBao } from "./keepers.mjs";
import { filesBelow, formsOfBytes, formsOfText, found, memoryOf } from "./search.mjs";
import { Installation, cleanUp, until } from "./server.mjs";

after(cleanUp);

const PASSWORD = "correct horse battery staple, at length";

test("no secret of a whole life is left in memory, but the master key; and none on the disk, but sealed", async () => {
  const bao = await OpenBao.start();
  const server = new Installation("life", {
    KEYSTILE__MASTER_KEY_FROM: bao.key(),
    KEYSTILE__CORE_DUMPS: "allow",
    KEYSTILE__LOG__FILTER: "trace",
    KEYSTILE__ROTATION__SEALED_DAYS: "7",
  });
  server.give("master-key-openbao", OpenBao.TOKEN);
  server.give("bao", OpenBao.HAND_OFF_TOKEN);
  const secrets = { "the keeper's token": formsOfText(OpenBao.TOKEN), "the hand-off's token": formsOfText(OpenBao.HAND_OFF_TOKEN) };
  const first = await server.init();
  secrets["the first API token"] = formsOfText(first.admin_token);
  const backups = await server.run("backup", "key");
  secrets["the key of backups"] = formsOfText(backups.identity);
  server.settings.KEYSTILE__BACKUP__FOLDER = server.folder;
  server.settings.KEYSTILE__BACKUP__RECIPIENTS = backups.recipient;
  server.settings.KEYSTILE__OUTBOUND__ALLOWED_HOSTS = `127.0.0.1:${bao.wire.port}`;
  await server.serve();

  await people(server, secrets);
  await keys(server, secrets, bao);
  const copy = join(server.folder, "copy.age");
  await server.run("backup", "--to", copy, "--recipient", backups.recipient);
  await server.run("audit", "export", "--to", join(server.folder, "audit.jsonl"));
  secrets["the master key before"] = formsOfBytes(await masterKeyOf(server, bao));
  await server.run("master-key", "rewrap");
  const masterKey = await masterKeyOf(server, bao);
  await until("a backup by schedule", () => filesBelow(server.folder).some(([path]) => /keystile-.*\.age$/.test(path)));
  // What is under way ends, and its connections with it.
  await sleep(1500);

  const memory = memoryOf(server.server.pid);
  const [kid] = (await server.ask("GET", "/v1/issuers/main/keys")).body.keys.map((key) => key.kid);
  const known = { "the master key": [masterKey] };
  const sightings = memory.flatMap(([where, bytes]) => found(bytes, known).map(() => where));
  assert.equal(sightings.length, 1, `the master key is at: ${sightings.join(", ")}`);
  // As text it is in memory only while a keeper is asked.
  secrets["the master key as text"] = formsOfBytes(masterKey).slice(1);
  const inMemory = memory.flatMap(([where, bytes]) => found(bytes, secrets).map((name) => `${name} at ${where}`));
  assert.deepEqual(counted(inMemory), {});

  secrets["the master key"] = [masterKey];
  const files = filesBelow(server.folder).filter(([path]) => !path.startsWith(server.credentials));
  assert.ok(files.some(([path, bytes]) => path.endsWith("keystile.db") && bytes.includes(kid)), "the search is blind");
  assert.ok(readFileSync(server.log).includes("TRACE"), "the log is not at its most talkative");
  const onDisk = files.flatMap(([path, bytes]) => found(bytes, secrets).map((name) => `${name} in ${path}`));
  assert.deepEqual(counted(onDisk), {});
  await server.stop();
});

/** How often each is there. */
function counted(sightings) {
  const counts = {};
  for (const it of sightings) counts[it] = (counts[it] ?? 0) + 1;
  return counts;
}

/** Tokens, users, sessions and receivers. */
async function people(server, secrets) {
  const done = async (asked) => {
    const { status, body, headers } = await asked;
    assert.ok(status < 300, JSON.stringify(body));
    return { body, headers };
  };
  const made = (await done(server.ask("POST", "/v1/api-tokens", { label: "l", role: "viewer" }))).body;
  secrets["an API token"] = formsOfText(made.token);
  assert.equal((await server.ask("GET", "/v1/status", undefined, made.token)).status, 200);
  const invited = (await done(server.ask("POST", "/v1/users", { name: "grace", role: "admin" }))).body;
  secrets["an invitation"] = formsOfText(invited.invitation);
  secrets["a password"] = formsOfText(PASSWORD);
  await done(server.ask("POST", "/v1/invitation", { invitation: invited.invitation, password: PASSWORD }));
  const wrong = await server.ask("POST", "/v1/session", { name: "grace", password: `${PASSWORD}!` });
  assert.equal(wrong.status, 401);
  const { headers } = await done(server.ask("POST", "/v1/session", { name: "grace", password: PASSWORD }));
  const [, cookie] = /keystile_session=([^;]+)/.exec(headers.get("set-cookie"));
  secrets["a session"] = formsOfText(cookie);
  await done(server.ask("POST", "/v1/session", { token: server.first.admin_token }));
  const webhook = await done(server.ask("POST", "/v1/webhooks", { url: "https://receiver.example/hook" }));
  secrets["a webhook's secret"] = formsOfText(webhook.body.secret);
}

/** A rotation that is handed over, an emergency, and what they sign. */
async function keys(server, secrets, bao) {
  const learn = async (name) => {
    const handed = await server.run("env", "--prefix", "PM", "--pkcs8");
    const pem = handed.PM__JWT__PRIVATE_KEY;
    const key = createPrivateKey(pem);
    const numbers = key.export({ format: "jwk" });
    const forms = ["d", "p", "q", "dp", "dq", "qi"].flatMap((part) => formsOfBytes(Buffer.from(numbers[part], "base64url")));
    secrets[`the private key ${name}`] = [...forms, ...pem.split("\n").slice(4, 8).map((line) => Buffer.from(line))];
  };
  const place = { kind: "openbao", address: `http://127.0.0.1:${bao.wire.port}`, path: "apps/backend", credential: "bao" };
  const targets = { targets: [{ name: "vault", place }] };
  const set = await server.ask("PUT", "/v1/issuers/main/hand-off", targets);
  assert.equal(set.status, 200, JSON.stringify(set.body));
  await learn("of the first start");
  for (let count = 0; count < 20; count += 1) {
    const { body } = await server.ask("POST", "/v1/issuers/main/tokens", { subject: "alice" });
    secrets[`signature ${count}`] = [Buffer.from(body.token.split(".")[2])];
  }
  const held = async () => (await bao.ask("GET", "secret/data/apps/backend").catch(() => null))?.data?.data;
  await until("the key at the backend's", held);
  assert.equal((await server.ask("POST", "/v1/issuers/main/rotation", { reason: "r" })).status, 202);
  const active = (await server.ask("GET", "/v1/issuers/main/keys")).body.keys.find((key) => key.state === "active");
  const emergency = { reason: "a private key in a public log", confirm: active.kid };
  const declared = await server.ask("POST", "/v1/issuers/main/emergency", emergency);
  assert.ok(declared.status < 300, JSON.stringify(declared.body));
  await learn("after the emergency");
  assert.equal(await server.mint(), 201);
}

/** By OpenBao's own word: the server shows it to nobody. */
async function masterKeyOf(server, bao) {
  const database = new DatabaseSync(join(server.data, "keystile.db"), { readOnly: true });
  const { fingerprint, wrapped } = database.prepare("SELECT * FROM master_key").get();
  database.close();
  const associated = Buffer.from(`keystile/master-key/1 ${fingerprint} keystile`).toString("base64");
  const opened = await bao.ask("POST", "transit/decrypt/keystile", { ciphertext: wrapped, associated_data: associated });
  return Buffer.from(opened.data.plaintext, "base64");
}

test("its memory is read by nobody unless its operator allows it", async (test) => {
  const server = new Installation("closed");
  await server.init();
  await server.serve();
  const { pid } = server.server;
  assert.match(readFileSync(`/proc/${pid}/limits`, "utf8"), /Max core file size\s+0\s+0/);
  if (process.getuid() === 0) test.diagnostic("root may read it all the same");
  else assert.throws(() => memoryOf(pid), /EACCES|EPERM/);
  await server.stop();
});

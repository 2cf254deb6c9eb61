// The master key from OpenBao and from AWS KMS, with the real server: how it begins, what stops it, and how it moves.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { DatabaseSync } from "node:sqlite";

import { Kms, OpenBao, RefusingKms } from "./keepers.mjs";
import { Installation, cleanUp, until } from "./server.mjs";

after(cleanUp);

const bao = await OpenBao.start();
const kms = await Kms.start();

/** An installation that may ask every keeper. */
function installation(name, from, settings = {}) {
  const made = new Installation(name, {
    KEYSTILE__MASTER_KEY_FROM: from,
    KEYSTILE__MASTER_KEY_CONTEXT: name,
    KEYSTILE__KMS__ENDPOINT: kms.endpoint,
    ...settings,
  });
  made.give("master-key-openbao", OpenBao.TOKEN);
  made.give("master-key-aws", Kms.ACCESS_KEY);
  return made;
}

function noted(data) {
  const database = new DatabaseSync(join(data, "keystile.db"), { readOnly: true });
  const row = database.prepare("SELECT * FROM master_key").get();
  database.close();
  return row;
}

afterEach(() => (bao.wire.mode = "open"));

test("a keeper that is away stops no server that runs, and one that starts goes on when it is back", async () => {
  const server = installation("away", bao.key());
  await server.init();
  assert.ok(!existsSync(join(server.data, "master.key")), "there is a master key in clear");
  assert.match(noted(server.data).wrapped, /^vault:v1:/);
  await server.serve();
  bao.wire.mode = "cut";
  assert.equal(await server.mint(), 201);
  assert.equal((await server.ask("POST", "/v1/issuers/main/rotation", { reason: "r" })).status, 202);

  const back = async () => {
    bao.wire.mode = "open";
    await bao.allow(["encrypt", "decrypt"]);
    await bao.ask("POST", "transit/keys/keystile/config", { min_decryption_version: 1 });
  };
  const troubles = {
    "it cannot be reached": () => (bao.wire.mode = "cut"),
    "it did not answer within 5 seconds": () => (bao.wire.mode = "held"),
    "it has more than": () => (bao.wire.mode = "endless"),
    "it refused the credential \\(status 403\\): .*permission denied": () => bao.allow([]),
    "Vault is sealed": () => bao.ask("PUT", "sys/seal"),
  };
  for (const [what, bring] of Object.entries(troubles)) {
    await bring();
    await server.serveAgain();
    assert.match(await server.trouble(), new RegExp(`^master_key_unusable: .*${what}`, "s"));
    assert.equal(await server.mint(), 503, what);
    for (const path of ["/healthz", "/.well-known/jwks.json", "/v1/status"]) {
      assert.equal((await server.ask("GET", path)).status, 200, `${path}: ${what}`);
    }
    const doctor = await server.try("doctor");
    assert.ok(doctor.said.findings.some((it) => it.check === "master key" && it.verdict === "problem"), what);
    assert.ok(!JSON.stringify(doctor).includes(OpenBao.TOKEN));
    if (what === "Vault is sealed") await bao.ask("PUT", "sys/unseal", { key: bao.unsealKey });
    await back();
    await server.unsealed();
    assert.equal(await server.mint(), 201, what);
  }
  assert.ok(!readFileSync(server.log, "utf8").includes(OpenBao.TOKEN), "the token stands in the log");
  await server.stop();
});

test("a version that OpenBao has retired opens nothing, and a re-wrapping before goes on with the newest", async () => {
  const server = installation("versions", bao.key());
  await server.init();
  await bao.ask("POST", "transit/keys/keystile/rotate");
  await bao.ask("POST", "transit/keys/keystile/config", { min_decryption_version: 2 });
  await server.serve();
  assert.match(await server.trouble(), /disallowed by policy \(too old\)/);
  await bao.ask("POST", "transit/keys/keystile/config", { min_decryption_version: 1 });
  await server.unsealed();
  await server.run("master-key", "rewrap");
  assert.match(noted(server.data).wrapped, /^vault:v2:/);
  await bao.ask("POST", "transit/keys/keystile/config", { min_decryption_version: 2 });
  await server.serveAgain();
  assert.equal(await server.trouble(), null);
  await bao.ask("POST", "transit/keys/keystile/config", { min_decryption_version: 1 });
  await server.stop();
});

test("a wrapped key opens for its own installation, under its own key and as itself alone", async () => {
  const [arn, other] = [await kms.newKey(), await kms.newKey()];
  for (const [keeper, another] of [[bao.key(), bao.key("another")], [arn, other]]) {
    const servers = ["one", "two"].map((name) => installation(name, keeper));
    for (const server of servers) await server.init();
    const [one, two] = servers;
    const own = noted(one.data);
    const put = (column, value) => {
      const database = new DatabaseSync(join(one.data, "keystile.db"));
      database.prepare(`UPDATE master_key SET ${column} = ?`).run(value);
      database.close();
    };
    const refused = async (why) => {
      const { said } = await one.try("doctor");
      assert.ok(said.findings.some((it) => it.check === "master key" && it.verdict === "problem"), why);
      assert.notEqual((await one.try("rotate", "--reason", "r")).code, 0, why);
    };
    // Another installation's, under its own fingerprint, too.
    put("wrapped", noted(two.data).wrapped);
    await refused("another installation's");
    put("fingerprint", noted(two.data).fingerprint);
    await refused("another installation's with its fingerprint");
    put("fingerprint", own.fingerprint);
    put("wrapped", own.wrapped);
    one.settings.KEYSTILE__MASTER_KEY_CONTEXT = "renamed";
    await refused("the context is another");
    one.settings.KEYSTILE__MASTER_KEY_CONTEXT = "one";
    one.settings.KEYSTILE__MASTER_KEY_FROM = another;
    await refused("the key is another");
    one.settings.KEYSTILE__MASTER_KEY_FROM = "local";
    await refused("nobody is asked");
    one.settings.KEYSTILE__MASTER_KEY_FROM = keeper;
    await one.run("rotate", "--reason", "r");
  }
});

test("whatever KMS refuses, the server is read-only and says what KMS said", async () => {
  const server = installation("kms", await kms.newKey());
  await server.init();
  const stand = await new RefusingKms().listen();
  const said = (type, message) => ({ body: { __type: type, message } });
  const answers = [
    [said("DisabledException", "arn:aws:kms:… is disabled."), /DisabledException: .* is disabled/],
    [said("KMSInvalidStateException", "… is pending deletion."), /KMSInvalidStateException: .*pending deletion/],
    [said("com.amazonaws.kms#AccessDeniedException", "User is not authorized"), /refused the credential.*not authorized/],
    [said("ExpiredTokenException", "The security token included in the request is expired"), /refused the credential/],
    [said("IncorrectKeyException", "the key is another one"), /IncorrectKeyException/],
    [{ status: 200, body: { KeyId: "arn:aws:kms:eu-central-1:1:key/evil", Plaintext: "A".repeat(43) + "=" } }, /which was not asked/],
    [{ status: 200, body: { KeyId: server.settings.KEYSTILE__MASTER_KEY_FROM, Plaintext: "A".repeat(43) + "=" } }, /is sealed with the master key/],
    [{ status: 200, body: { Plaintext: "hallo" } }, /no answer of its kind/],
  ];
  server.settings.KEYSTILE__KMS__ENDPOINT = stand.endpoint;
  for (const [answer, expected] of answers) {
    stand.answer = answer;
    const { said: doctor } = await server.try("doctor");
    const found = doctor.findings.find((it) => it.check === "master key");
    assert.match(found.found, expected);
    assert.ok(!JSON.stringify(doctor).includes("a-secret-access-key"));
  }
  const { headers, body } = stand.asked[0];
  assert.match(headers.authorization, /^AWS4-HMAC-SHA256 Credential=AKIAKEYSTILE\/\d{8}\/eu-central-1\/kms\/aws4_request, /);
  assert.deepEqual(body.EncryptionContext, { keystile: "kms", "master-key": noted(server.data).fingerprint });
  assert.equal(body.KeyId, server.settings.KEYSTILE__MASTER_KEY_FROM);
});

test("a master key moves from a file to OpenBao, to KMS, to another key there and back, while tokens are signed", async () => {
  const server = installation("moving", "local");
  await server.init();
  const file = join(server.data, "master.key");
  const [one, two] = [await kms.newKey(), await kms.newKey()];
  let origin = "local";
  for (const next of [bao.key(), one, two, "local"]) {
    server.settings.KEYSTILE__MASTER_KEY_FROM = `${next} ${origin}`;
    if (server.server) await server.stop();
    await server.serve();
    const signing = keepSigning(server);
    const before = noted(server.data).fingerprint;
    // Killed at every step that the first of these moves has, and then begun again.
    const kills = next === bao.key() ? Infinity : 0;
    let killed = 0;
    for (; killed < kills; killed += 1) {
      server.settings.KEYSTILE_FAULT = String(killed + 1);
      const ended = await server.try("master-key", "rewrap");
      delete server.settings.KEYSTILE_FAULT;
      if (ended.code === 0) break;
      assert.equal(ended.signal, "SIGKILL", ended.complaint);
      assert.equal(await server.trouble(), null, `killed at step ${killed + 1}`);
    }
    assert.ok(killed > 8 || kills === 0, `it was killed at ${killed} steps alone`);
    const done = await server.run("master-key", "rewrap");
    assert.notEqual(done.to, before);
    assert.equal(noted(server.data).wrapped_by, next === "local" ? null : next);
    await signing.stop();
    server.settings.KEYSTILE__MASTER_KEY_FROM = next;
    await server.serveAgain();
    assert.equal(await server.trouble(), null, `from ${next} alone`);
    assert.equal(await server.mint(), 201);
    origin = next;
  }
  assert.equal(readFileSync(file, "utf8").trim().length, 44);
  await server.stop();
  assert.ok((await server.run("audit", "verify")).entries > 0);
});

test("the file goes when a keeper has taken its key's place, and a key in a file is not taken for a wrapped one", async () => {
  const server = installation("file", "local");
  await server.init();
  const file = join(server.data, "master.key");
  server.settings.KEYSTILE__MASTER_KEY_FROM = bao.key();
  const { said } = await server.try("doctor");
  assert.match(said.findings.find((it) => it.check === "master key").found, /add `local` to KEYSTILE__MASTER_KEY_FROM/);
  assert.notEqual((await server.try("master-key", "rewrap")).code, 0);
  assert.ok(existsSync(file));
  server.settings.KEYSTILE__MASTER_KEY_FROM = `${bao.key()},local`;
  await server.run("master-key", "rewrap");
  assert.ok(!existsSync(file));
  server.settings.KEYSTILE__MASTER_KEY_FROM = bao.key();
  const found = (await server.try("doctor")).said.findings.find((it) => it.check === "master key");
  assert.equal(found.verdict, "fine", found.found);
  // What a keeper refuses to do changes nothing.
  await bao.allow(["decrypt"]);
  const before = noted(server.data);
  const refused = await server.try("master-key", "rewrap");
  await bao.allow(["encrypt", "decrypt"]);
  assert.match(refused.complaint, /permission denied/);
  assert.deepEqual(noted(server.data), before);
});

test("a backup is restored on an empty machine by whoever may ask the keeper, and by nobody else", async () => {
  const server = installation("backup", bao.key());
  await server.init();
  const { identity, recipient } = await server.run("backup", "key");
  const [key, backup] = [join(server.folder, "restore.key"), join(server.folder, "backup.age")];
  writeFileSync(key, identity, { mode: 0o600 });
  const made = await server.run("backup", "--to", backup, "--recipient", recipient);
  assert.equal(made.master_key_wrapped_by, bao.key());
  assert.equal((await server.run("backup", "drill", backup, "--identity", key)).issuers, 1);
  const elsewhere = { ...server.settings };
  const other = new Installation("elsewhere", elsewhere);
  const restore = ["restore", backup, "--identity", key, "--reason", "the machine is gone"];
  await bao.allow([]);
  assert.match((await other.try(...restore)).complaint, /permission denied/);
  assert.ok(!existsSync(other.data), "something is left behind");
  await bao.allow(["encrypt", "decrypt"]);
  await other.run(...restore);
  other.first = server.first;
  await other.serve();
  assert.equal(await other.mint(), 201);
  await other.stop();
});

test("a keeper that would be asked in clear, or by the hand-off's own token, is refused", async () => {
  const clear = installation("clear", "http://bao.example:8200/v1/transit/keys/keystile");
  assert.match((await clear.try("init")).complaint, /must begin with https:\/\//);
  const wrong = installation("wrong", "https://bao.example/transit/keystile");
  assert.match((await wrong.try("init")).complaint, /KEYSTILE__MASTER_KEY_FROM` cannot be used/);
  const without = installation("without", `${bao.key()}#nobody`);
  assert.match((await without.try("init")).complaint, /credential `master-key-nobody` is missing/);
});

/** Asks for tokens without a pause. None may be refused. */
function keepSigning(server) {
  let [goesOn, signed] = [true, 0];
  const going = (async () => {
    while (goesOn) {
      assert.equal(await server.mint(), 201);
      signed += 1;
    }
  })();
  return {
    async stop() {
      await until("some tokens", () => signed > 5);
      goesOn = false;
      await going;
    },
  };
}

// A remote key set that is signed, and one that is kept from one process to the next.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Validator } from "../dist/node.mjs";
import { remoteKeySet } from "../dist/remote.mjs";
import { json, publish, text } from "./publisher.mjs";
import { NOW, makeDocument, makeKey, makeToken } from "./signing.mjs";

const [root, stranger, first, second] = Array.from({ length: 4 }, () => makeKey());
const roots = { keys: [root.jwk] };
const issuer = "https://issuer.example";

async function follow(context, answer, options = {}) {
  const clock = { now: NOW };
  const now = () => clock.now;
  const publisher = await publish(context, answer);
  const make = (more) => {
    const keys = remoteKeySet(publisher.url, { now, background: false, roots, issuer, ...options, ...more });
    context.after(() => keys.close());
    return keys;
  };
  const keys = make();
  return { clock, publisher, keys, make, validator: new Validator(keys, { issuer, audience: null, leeway: 1_000_000, now }) };
}

const codeOf = (verdict) => (verdict.ok ? "ok" : verdict.code);

/** A storage that remembers what it was told. */
function shelf(stored) {
  return { stored, writes: 0, get: async () => stored.text, set: async function (it) { this.writes += 1; stored.text = it; } };
}

describe("a signed set", () => {
  test("is believed for its signature, and read again when it says so", async (context) => {
    const document = makeDocument(root, [first], { version: 7, refresh: 5 });
    const { keys, validator } = await follow(context, text(document, { "cache-control": "max-age=9999" }));
    await keys.ready();
    const { version, kids, nextRefresh, usableUntil } = keys.state();
    assert.deepEqual({ version, kids, nextRefresh, usableUntil }, { version: 7, kids: [first.jwk.kid], nextRefresh: NOW + 5, usableUntil: NOW + 86_400 });
    assert.equal(codeOf(validator.check(makeToken(first))), "ok");
  });

  test("of nobody's signature is refused, and the last good one stays", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, text(makeDocument(root, [first])));
    await keys.ready();
    const refused = {
      document_root_unknown: makeDocument(stranger, [second], { version: 9 }),
      document_issuer_mismatch: makeDocument(root, [second], { version: 9, iss: "https://other.example" }),
      document_expired: makeDocument(root, [second], { version: 9, exp: NOW }),
      document_malformed: JSON.stringify({ keys: [second.jwk] }),
    };
    for (const [code, document] of Object.entries(refused)) {
      publisher.answer = text(document);
      clock.now += 10;
      assert.equal(codeOf(await validator.checkAsync(makeToken(first))), "ok");
      assert.equal(keys.state().lastError.code, code);
    }
  });

  test("cannot be rolled back, neither its version nor what it said under one", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, text(makeDocument(root, [first], { version: 7 })));
    await keys.ready();
    for (const document of [makeDocument(root, [first, second], { version: 6 }), makeDocument(root, [second], { version: 7 })]) {
      publisher.answer = text(document);
      clock.now += 10;
      assert.equal(codeOf(await validator.checkAsync(makeToken(second))), "kid_unknown");
      assert.deepEqual([keys.state().version, keys.state().lastError.code], [7, "document_version_rollback"]);
    }
  });

  test("empties the verdicts when it takes a key away or raises an epoch", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, text(makeDocument(root, [first])));
    const token = makeToken(first, { iat: NOW - 50 });
    assert.equal(codeOf(await validator.checkAsync(token)), "ok");
    publisher.answer = text(makeDocument(root, [first], { version: 2, epochs: { all: NOW } }));
    clock.now += 5;
    validator.check(token);
    await keys.refresh();
    assert.equal(codeOf(validator.check(token)), "issued_before_epoch");
    publisher.answer = text(makeDocument(root, [second], { version: 3 }));
    await keys.refresh();
    assert.equal(codeOf(validator.check(token)), "kid_unknown");
  });

  test("is judged by until it expires, and then by that name", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, text(makeDocument(root, [first], { exp: NOW + 3_600 })));
    await keys.ready();
    publisher.answer = (_, response) => response.writeHead(503).end();
    clock.now = NOW + 3_599;
    assert.equal(codeOf(await validator.checkAsync(makeToken(first))), "ok");
    clock.now = NOW + 3_600;
    assert.equal(codeOf(await validator.checkAsync(makeToken(first))), "key_set_expired");
    await assert.rejects(keys.ready(), { code: "fetch_status" });
    assert.equal(keys.state().isUsable, false);
  });

  test("that fails is tried again as soon as it would have been read anyway", async (context) => {
    const { clock, publisher, keys } = await follow(context, text(makeDocument(root, [first], { refresh: 5 })));
    await keys.ready();
    publisher.answer = (_, response) => response.writeHead(503).end();
    clock.now += 5;
    await assert.rejects(keys.refresh());
    assert.equal(keys.state().nextRefresh, clock.now + 5);
  });
});

describe("a stored set", () => {
  test("is what the next process begins with, without reading", async (context) => {
    const storage = shelf({});
    const { publisher, keys, make } = await follow(context, json({ keys: [first.jwk] }, { "cache-control": "max-age=60" }), { roots: undefined, issuer: undefined, storage });
    await keys.ready();
    assert.deepEqual((await make().ready()).state().kids, [first.jwk.kid]);
    assert.equal(publisher.requests.length, 1);
  });

  test("is no reading: the server is asked for a key that is not in it, and by refresh", async (context) => {
    const storage = shelf({});
    const { clock, publisher, keys, make } = await follow(context, json({ keys: [first.jwk] }, { "cache-control": "max-age=600" }), { roots: undefined, issuer: undefined, storage });
    await keys.ready();
    const { text } = storage.stored;
    publisher.answer = json({ keys: [second.jwk] });
    clock.now += 30;
    for (const look of [async (next) => assert.equal(await (await next.ready()).reread(), true), (next) => next.refresh()]) {
      const next = make({ storage: shelf({ text }) });
      await look(next);
      assert.deepEqual(next.state().kids, [second.jwk.kid]);
    }
  });

  test("is as old as it was, and its server is asked whether it is still the one", async (context) => {
    const storage = shelf({});
    const { clock, publisher, keys, make } = await follow(context, json({ keys: [first.jwk] }, { "cache-control": "max-age=60" }), { roots: undefined, issuer: undefined, storage });
    await keys.ready();
    clock.now += 60;
    const next = await make().ready();
    assert.deepEqual([publisher.requests.length, publisher.requests[1].headers["if-none-match"]?.[0], next.state().age], [2, '"', 0]);
    publisher.answer = (_, response) => response.destroy();
    clock.now += 60 + 14_400 - 1;
    assert.equal((await make().ready()).state().age, 14_459);
    clock.now += 1;
    await assert.rejects(make().ready(), { code: "fetch_failed" });
  });

  test("is not written where the answer may not be stored", async (context) => {
    const storage = shelf({});
    const { keys } = await follow(context, json({ keys: [first.jwk] }, { "cache-control": "no-store" }), { roots: undefined, issuer: undefined, storage });
    await keys.ready();
    assert.equal(storage.writes, 0);
  });

  test("that is signed is written once, and checked again; its version is the floor", async (context) => {
    const storage = shelf({});
    const { clock, publisher, keys, make } = await follow(context, text(makeDocument(root, [first], { version: 7 })), { storage });
    await keys.ready();
    clock.now += 10;
    await keys.refresh();
    assert.equal(storage.writes, 1);
    const stored = storage.stored.text;
    publisher.answer = text(makeDocument(root, [first], { version: 6 }));
    const next = make();
    await next.ready();
    await assert.rejects(next.refresh(), { code: "document_version_rollback" });
    storage.stored.text = stored.replaceAll(makeDocument(root, [first], { version: 7 }), makeDocument(stranger, [second], { version: 8 }));
    const forged = make();
    await assert.rejects(forged.ready(), { code: "document_version_rollback" });
    assert.equal(forged.state().storageError.code, "document_root_unknown");
  });

  test("that cannot be used is passed over, whatever it is", async (context) => {
    const { keys, publisher, make } = await follow(context, json({ keys: [first.jwk] }), { roots: undefined, issuer: undefined });
    await keys.ready();
    const record = { url: publisher.url, text: JSON.stringify({ keys: [second.jwk] }), readAt: NOW, lifetime: 60 };
    const texts = [undefined, null, 5, "", "{", "null", "[]", JSON.stringify({ ...record, url: "https://other.example" }), JSON.stringify({ ...record, readAt: NOW + 1 }), JSON.stringify({ ...record, text: "{}" }), JSON.stringify({ ...record, lifetime: null })];
    for (const stored of texts) {
      const next = await make({ storage: shelf({ text: stored }) }).ready();
      assert.deepEqual(next.state().kids, [first.jwk.kid], `${stored}`);
    }
  });

  test("cannot shut out the sets to come with a version that nobody can have published", async (context) => {
    const { publisher, make } = await follow(context, text(makeDocument(root, [first], { version: 7 })));
    for (const [floor, code] of [[9, "document_version_rollback"], [NOW + 1, undefined], [-1, undefined], ["9", undefined]]) {
      const stored = JSON.stringify({ url: publisher.url, text: "", readAt: NOW, lifetime: 5, floor });
      const keys = make({ storage: shelf({ text: stored }) });
      assert.equal(await keys.ready().then(() => undefined, (error) => error.code), code);
    }
  });

  test("does not matter when the storage fails or hangs", async (context) => {
    const { make } = await follow(context, json({ keys: [first.jwk] }), { roots: undefined, issuer: undefined });
    const broken = { get: () => { throw new Error("no disk"); }, set: async () => { throw new Error("no disk"); } };
    const keys = await make({ storage: broken }).ready();
    assert.equal(keys.state().storageError.message, "no disk");
    await make({ timeout: 2, storage: { get: () => new Promise(() => {}), set: () => new Promise(() => {}) } }).ready();
  });
});

test("a runtime is told what to wait for", async (context) => {
  const promises = [];
  const { keys } = await follow(context, text(makeDocument(root, [first])), { waitUntil: (promise) => promises.push(promise), storage: shelf({}) });
  keys.current();
  assert.equal(promises.length, 1);
  await promises[0];
  assert.equal(promises.length, 2, "the storing, too");
  assert.equal(keys.state().version, 1);
});

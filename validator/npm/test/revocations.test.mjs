// Tokens that are revoked by name: filters beside a signed key set, and the lists behind them, from a real server.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { KeySet, Validator } from "../dist/node.mjs";
import { remoteKeySet } from "../dist/remote.mjs";
import { filterOf } from "../packed/suite/filters.mjs";
import { codeOf } from "./following.mjs";
import { publish } from "./publisher.mjs";
import { NOW, makeDocument, makeKey, makeToken } from "./signing.mjs";

const [root, key] = [makeKey(), makeKey()];
const roots = { keys: [root.jwk] };
const issuer = "https://issuer.example";
const [tokens, sessions] = [await filterOf("jti", "stolen", "unlucky"), await filterOf("sid", "left", "stayed")];

const LIST = "revoked/stolen/0";
const [stolen, unlucky] = ["stolen", "unlucky"].map((jti) => makeToken(key, { jti }));

/** A server with a signed set and values beside it, which a test may change, and a validator that follows it. */
async function follow(context, options = {}) {
  const clock = { now: NOW };
  const served = { document: document(1), values: { ...tokens.values, ...sessions.values } };
  const publisher = await publish(context, ({ url }, response) => {
    const name = decodeURIComponent(url.slice("/keys/".length));
    const value = name === "" ? served.document : served.values[name];
    if (typeof value === "function") value(response);
    else response.writeHead(value ? 200 : 404).end(value);
  });
  const asked = () => publisher.requests.map(({ url }) => decodeURIComponent(url.slice("/keys/".length)));
  const make = () => {
    const keys = remoteKeySet(publisher.url, { roots, issuer, background: false, now: () => clock.now, ...options });
    context.after(() => keys.close());
    return { keys, validator: new Validator(keys, { issuer, audience: null, leeway: 86_400, now: () => clock.now }) };
  };
  return { clock, served, asked, make, ...make() };
}

const document = (version, filters = [tokens, sessions]) => makeDocument(root, [key], { version, filters: filters.map(({ named }) => named) });
const judge = async (validator, ...all) => (await Promise.all(all.map((token) => validator.checkAsync(token)))).map(codeOf);
const later = async (holds) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe("a remote key set with filters", () => {
  test("refuses what is in a list, and nobody for a hit that means nothing", async (context) => {
    const { validator, asked } = await follow(context);
    const session = (sid) => makeToken(key, { sid });
    assert.deepEqual(await judge(validator, makeToken(key), makeToken(key, { jti: "mine" })), ["ok", "ok"]);
    assert.deepEqual(asked(), ["", "revoked/stolen", "revoked/left"]);
    assert.deepEqual(await judge(validator, stolen, unlucky, session("left"), session("stayed")), ["token_revoked", "ok", "session_revoked", "ok"]);
    assert.deepEqual(asked().slice(3), [LIST, "revoked/left/0"]);
  });

  test("asks for a list once, however many wait", async (context) => {
    const { keys, validator, asked } = await follow(context);
    await keys.ready();
    const codes = await judge(validator, ...Array(20).fill(stolen), ...Array(20).fill(unlucky));
    assert.deepEqual([...new Set(codes)], ["token_revoked", "ok"]);
    assert.deepEqual(asked().filter((name) => name === LIST).length, 1);
  });

  test("has a list fetched beside `check`, which does not wait and believes nothing meanwhile", { timeout: 60_000 }, async (context) => {
    const { keys, validator } = await follow(context);
    await keys.ready();
    assert.equal(codeOf(validator.check(unlucky)), "revocation_unconfirmed");
    await later(() => codeOf(validator.check(unlucky)) === "ok");
    assert.equal(codeOf(validator.check(stolen)), "token_revoked");
  });

  for (const [what, value] of Object.entries({
    "is lost": undefined,
    "is another one": new Uint8Array(16),
    "has no end": (response) => response.writeHead(200).end(new Uint8Array(2 << 20)),
    "leads elsewhere": (response) => response.writeHead(302, { location: "/keys" }).end(),
    "is cut off": (response) => response.writeHead(200, { "content-length": 16 }).write("a", () => response.destroy()),
    "never comes": () => {},
  })) {
    test(`believes nothing while a list ${what}, asks once a second, and recovers`, async (context) => {
      const { clock, served, keys, validator, asked } = await follow(context, { timeout: 0.2 });
      await keys.ready();
      served.values[LIST] = value;
      for (let flood = 0; flood < 5; flood += 1) assert.deepEqual(await judge(validator, stolen, unlucky), Array(2).fill("revocation_unconfirmed"));
      assert.equal(asked().filter((name) => name === LIST).length, 1);
      served.values[LIST] = tokens.values[LIST];
      clock.now += 1;
      assert.deepEqual(await judge(validator, stolen, unlucky), ["token_revoked", "ok"]);
    });
  }

  test("keeps the last good set while a filter of the next cannot be had", async (context) => {
    const { clock, served, keys, validator, asked } = await follow(context);
    const next = await filterOf("jti", "later", "whoever");
    const token = makeToken(key, { jti: "later" });
    assert.deepEqual(await judge(validator, token), ["ok"]);
    served.document = document(2, [tokens, sessions, next]);
    for (const [value, code] of [[undefined, "fetch_status"], [new Uint8Array(70), "filter_digest_mismatch"], [new Uint8Array(300_000), "fetch_too_large"]]) {
      served.values["revoked/later"] = value;
      clock.now += 5;
      await assert.rejects(keys.refresh(), { code });
      assert.deepEqual([keys.state().version, keys.state().lastError.code, codeOf(validator.check(token))], [1, code, "ok"]);
    }
    Object.assign(served.values, next.values);
    await keys.refresh();
    assert.deepEqual(await judge(validator, token), ["token_revoked"], "also where a verdict was kept");
    const fetched = asked().filter((name) => name === "revoked/stolen");
    assert.equal(fetched.length, 1, "what the last set had is not fetched again");
  });

  test("fetches no filter for a set that may not follow", async (context) => {
    const { served, keys, asked } = await follow(context);
    served.document = document(7, []);
    await keys.ready();
    served.document = document(6);
    await assert.rejects(keys.refresh(), { code: "document_version_rollback" });
    assert.deepEqual(asked(), ["", ""]);
  });

  test("begins with a stored set only together with its filters", async (context) => {
    const stored = {};
    const storage = { get: () => stored.text, set: (text) => void (stored.text = text) };
    const { served, keys, validator, make } = await follow(context, { storage });
    assert.deepEqual(await judge(validator, stolen), ["token_revoked"]);
    await keys.ready();
    served.document = undefined;
    const { validator: next } = make();
    assert.deepEqual(await judge(next, stolen, unlucky), ["token_revoked", "ok"]);
    served.values = {};
    assert.deepEqual(await judge(make().validator, stolen, makeToken(key)), Array(2).fill("key_set_unavailable"));
  });
});

test("filters of the wrong type are a TypeError that says so", () => {
  const read = (options) => () => KeySet.fromSigned(document(1), roots, { issuer, now: NOW, ...options });
  for (const filters of [null, 5, "a", [], { a: "text" }, { a: [1] }, { a: new ArrayBuffer(5) }]) {
    assert.throws(read({ filters }), { name: "TypeError", message: /`filters`|the filter `a`/ });
  }
  assert.throws(read({ previous: {} }), { name: "TypeError", message: /`KeySet`/ });
  assert.throws(read({ filters: { __proto__: null, constructor: new Uint8Array(5) } }), { code: "filter_missing" });
  assert.throws(read({ previous: KeySet.fromJwks(roots) }), { code: "filter_missing" });
});

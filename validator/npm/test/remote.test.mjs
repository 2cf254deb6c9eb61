// A key set that follows the place where it is published, read from a real server; the clock is the test's.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { KeySetError, Validator } from "../dist/node.mjs";
import { KeySetFetchError, remoteKeySet } from "../dist/remote.mjs";
import { codeOf, first, follow, jwks, policy, second, settle } from "./following.mjs";
import { json, publish, text } from "./publisher.mjs";
import { NOW, makeToken } from "./signing.mjs";

describe("before the first set", () => {
  test("nothing is read that nobody asks for, and no token is believed", async (context) => {
    const { publisher, keys, validator } = await follow(context, json(jwks(first)));
    assert.equal(publisher.requests.length, 0);
    assert.equal(codeOf(validator.check(makeToken(first))), "key_set_unavailable");
    assert.throws(() => validator.validate(makeToken(first)), { name: "ValidationError", code: "key_set_unavailable" });
    await settle(keys);
    assert.equal(codeOf(validator.check(makeToken(first))), "ok");
  });

  test("ready waits for it, and so does checkAsync", async (context) => {
    const { keys, validator } = await follow(context, json(jwks(first)));
    assert.equal(codeOf(await validator.checkAsync(makeToken(first))), "ok");
    assert.equal(await keys.ready(), keys);
    assert.deepEqual((await validator.validateAsync(makeToken(first))).header, { alg: "RS256", kid: "k1" });
    await assert.rejects(validator.validateAsync("a.b.c"), { name: "ValidationError", code: "base64url_invalid" });
  });

  test("a wrong policy is said at once", async (context) => {
    const { keys } = await follow(context, json(jwks(first)));
    assert.throws(() => new Validator(keys, { issuer: "a" }), { name: "TypeError", message: /`audience` is missing/ });
  });

  test("ready says why there is none", async (context) => {
    const { keys } = await follow(context, (_, response) => response.writeHead(500).end());
    await assert.rejects(keys.ready(), (error) => error instanceof KeySetFetchError && error.code === "fetch_status");
    assert.equal(keys.state().failures, 1);
  });
});

describe("a newer set", () => {
  test("is looked for when the answer is as old as it may be, and judged by from then on", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first), { "cache-control": "public, max-age=120", age: "20" }));
    await keys.ready();
    publisher.answer = json(jwks(second), { "cache-control": "max-age=120" });
    clock.now += 99;
    assert.equal(codeOf(validator.check(makeToken(first))), "ok");
    await settle(keys);
    assert.equal(publisher.requests.length, 1);
    clock.now += 1;
    assert.equal(codeOf(validator.check(makeToken(first))), "ok", "judged by the set that is there");
    await settle(keys);
    assert.equal(publisher.requests.length, 2);
    assert.equal(codeOf(validator.check(makeToken(first))), "kid_unknown", "also where the verdict was kept");
    assert.equal(codeOf(validator.check(makeToken(second))), "ok");
  });

  test("is asked for by its ETag, and the same one keeps the verdicts", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first), { "cache-control": "max-age=60" }));
    await keys.ready();
    const token = makeToken(first);
    const { claims } = validator.validate(token);
    clock.now += 60;
    validator.check(token);
    await settle(keys);
    assert.equal(publisher.requests.length, 2);
    assert.match(publisher.requests[1].headers["if-none-match"], /^"/);
    assert.equal(validator.validate(token).claims, claims);
    assert.equal(keys.state().age, 0);
  });

  for (const [header, seconds] of [["no-store", 30], ["no-cache", 30], ["max-age=0", 30], ["max-age=x", 30], ["max-age=99999999", 86_400], ["max-age=\"90\"", 90], ["MAX-AGE=90, max-age=40", 90], [undefined, 600]]) {
    test(`is looked for after ${seconds} seconds where Cache-Control is ${header}`, async (context) => {
      const { keys } = await follow(context, json(jwks(first), header && { "cache-control": header }));
      await keys.ready();
      assert.equal(keys.state().nextRefresh, NOW + seconds);
    });
  }

  test("is waited for by checkAsync once the present one is twice as old as it may be", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first), { "cache-control": "max-age=60" }));
    await keys.ready();
    publisher.answer = json(jwks(second));
    clock.now += 120;
    assert.equal(codeOf(await validator.checkAsync(makeToken(first))), "kid_unknown");
  });

  test("is looked for when the clock was put back", async (context) => {
    const { clock, publisher, keys } = await follow(context, json(jwks(first)));
    await keys.ready();
    clock.now -= 1_000_000;
    keys.current();
    await settle(keys);
    assert.deepEqual([publisher.requests.length, keys.state().age], [2, 0]);
  });
});

describe("a kid that is not in the set", () => {
  test("has it read again, and checkAsync waits for that", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first)));
    await keys.ready();
    publisher.answer = json(jwks(first, second));
    clock.now += 30;
    assert.equal(codeOf(await validator.checkAsync(makeToken(second))), "ok");
    assert.equal(publisher.requests.length, 2);
  });

  test("has it read again beside check, which does not wait", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first)));
    await keys.ready();
    publisher.answer = json(jwks(first, second));
    clock.now += 30;
    assert.equal(codeOf(validator.check(makeToken(second))), "kid_unknown");
    await settle(keys);
    assert.equal(codeOf(validator.check(makeToken(second))), "ok");
  });

  test("cannot have it read more often than the cooldown says, whether readings fail or not", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first)));
    await keys.ready();
    for (const answer of [json(jwks(first)), (_, response) => response.writeHead(503).end(), (_, response) => response.destroy()]) {
      publisher.answer = answer;
      const before = publisher.requests.length;
      clock.now += 30;
      for (let flood = 0; flood < 20; flood += 1) {
        assert.equal(codeOf(await validator.checkAsync(makeToken(second, { jti: `${flood}` }, { kid: `x${flood}` }))), "kid_unknown");
        if (flood === 10) clock.now += 29;
      }
      assert.equal(publisher.requests.length, before + 1);
    }
  });

  test("has it read once, however many ask at the same time", async (context) => {
    const { clock, publisher, keys, validator } = await follow(context, json(jwks(first)));
    await keys.ready();
    publisher.answer = json(jwks(first, second));
    clock.now += 30;
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => validator.checkAsync(makeToken(second))));
    assert.deepEqual([...new Set(verdicts.map(codeOf))], ["ok"]);
    assert.equal(publisher.requests.length, 2);
  });
});

describe("where the set cannot be read", () => {
  const failures = {
    fetch_status: (_, response) => response.writeHead(404).end("{}"),
    fetch_redirected: (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
    fetch_failed: (_, response) => response.destroy(),
    fetch_too_large: (_, response) => response.end(" ".repeat(300_000)),
    fetch_not_text: (_, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])),
    key_set_malformed: (_, response) => response.end("<html>"),
    no_usable_key: json({ keys: [] }),
  };
  for (const [code, answer] of Object.entries(failures)) {
    test(`the last good one stays, until it is too old: ${code}`, async (context) => {
      const { clock, publisher, keys, validator } = await follow(context, json(jwks(first), { "cache-control": "max-age=60" }), { staleFor: 1_000 });
      await keys.ready();
      publisher.answer = answer;
      clock.now += 60;
      assert.equal(codeOf(await validator.checkAsync(makeToken(first))), "ok");
      await settle(keys);
      const { failures, lastError, isUsable, usableUntil } = keys.state();
      assert.deepEqual([failures, lastError.code, isUsable, usableUntil], [1, code, true, NOW + 1_060]);
      clock.now = NOW + 1_059;
      assert.equal(codeOf(validator.check(makeToken(first))), "ok");
      clock.now = NOW + 1_060;
      assert.equal(codeOf(validator.check(makeToken(first))), "key_set_unavailable");
      await settle(keys);
      await assert.rejects(keys.ready(), { code });
    });
  }

  test("a server that does not end is given up", async (context) => {
    const { keys } = await follow(context, (_, response) => response.write("{"), { timeout: 0.05 });
    await assert.rejects(keys.ready(), { name: "KeySetFetchError", code: "fetch_timed_out" });
    const { keys: silent } = await follow(context, () => {}, { timeout: 0.05 });
    await assert.rejects(silent.ready(), { code: "fetch_timed_out" });
  });

  test("a server that sends without end is cut off", async (context) => {
    const { keys } = await follow(context, (_, response) => {
      const more = () => response.destroyed || (response.write("x".repeat(65_536)), setImmediate(more));
      more();
    });
    await assert.rejects(keys.ready(), { code: "fetch_too_large" });
  });

  test("a longer set is read where the limit says so", async (context) => {
    const answer = text(`${" ".repeat(300_000)}${JSON.stringify(jwks(first))}`);
    const { keys } = await follow(context, answer, { limits: { keySetBytes: 400_000 } });
    await keys.ready();
    assert.deepEqual(keys.state().kids, ["k1"]);
  });

  test("what the answer says of its type does not matter", async (context) => {
    const { keys } = await follow(context, json(jwks(first), { "content-type": "image/png" }));
    await keys.ready();
  });

  test("nothing is thrown at who judges a token", async (context) => {
    const { clock, keys, validator } = await follow(context, json(jwks(first)), { fetch: () => { throw new Error("no network"); } });
    for (const value of [makeToken(first), null, {}, Symbol("s")]) {
      assert.equal(codeOf(validator.check(value)), "key_set_unavailable");
      assert.equal(codeOf(await validator.checkAsync(value)), "key_set_unavailable");
      clock.now += 30;
    }
    assert.equal(keys.state().lastError.code, "fetch_failed");
  });
});

test("what a reading brings that took too long is not taken for newer than what came after it", async (context) => {
  let late;
  const { clock, publisher, keys } = await follow(context, (request, response) => (late = response));
  const waiting = keys.ready().catch(() => {});
  while (!late) await new Promise(setImmediate);
  publisher.answer = json(jwks(second));
  clock.now += 60;
  await keys.ready();
  late.end(JSON.stringify(jwks(first)));
  await waiting;
  assert.deepEqual(keys.state().kids, ["k2"]);
});

test("refresh reads at once, and says if it fails", async (context) => {
  const { publisher, keys, validator } = await follow(context, json(jwks(first)));
  await keys.ready();
  publisher.answer = json(jwks(second));
  await keys.refresh();
  assert.equal(codeOf(validator.check(makeToken(second))), "ok");
  publisher.answer = json({});
  await assert.rejects(keys.refresh(), KeySetError);
  assert.equal(codeOf(validator.check(makeToken(second))), "ok");
});

test("what is closed reads no more, and what is under way ends", async (context) => {
  const { clock, publisher, keys, validator } = await follow(context, json(jwks(first)));
  await keys.ready();
  keys.close();
  clock.now += 600;
  assert.equal(codeOf(await validator.checkAsync(makeToken(second))), "kid_unknown");
  assert.equal(publisher.requests.length, 1);
  const { keys: waiting } = await follow(context, () => {});
  const ready = waiting.ready();
  waiting.close();
  await assert.rejects(ready, { code: "fetch_closed" });
  await assert.rejects(keys.refresh(), { code: "fetch_closed" });
});

test("a set is looked for without a token where the runtime lives on", { timeout: 60_000 }, async (context) => {
  const publisher = await publish(context, json(jwks(first), { "cache-control": "max-age=1" }));
  const keys = remoteKeySet(publisher.url, { cooldown: 1 });
  context.after(() => keys.close());
  await keys.ready();
  while (publisher.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(keys.state().failures, 0);
});

test("a validator that follows cannot be given another set", async (context) => {
  const { validator } = await follow(context, json(jwks(first)));
  assert.throws(() => validator.replaceKeySet(), { name: "TypeError", message: /follows/ });
});

test("an option that is wrong is said by its name", () => {
  const url = "https://issuer.example/jwks.json";
  for (const [options, message] of [
    [{ timeOut: 1 }, /`timeOut` does not exist/],
    [{ timeout: -1 }, /`timeout` must be a number of seconds/],
    [{ timeout: Infinity }, /`timeout` must be 3600 seconds or less/],
    [{ maxAge: NaN }, /`maxAge`/],
    [{ cooldown: "30" }, /`cooldown`/],
    [{ roots: { keys: [] } }, /`issuer` is missing/],
    [{ issuer: "a" }, /`roots` is missing/],
    [{ storage: {} }, /`storage`/],
    [{ fetch: 1 }, /`fetch`/],
    [{ now: 1 }, /`now`/],
    [{ timeout: Symbol("1") }, /`timeout`/],
    [{ constructor: 1 }, /`constructor` does not exist/],
    [{ allowHttp: "false" }, /`allowHttp` must be `true` or `false`/],
    [{ background: 0 }, /`background`/],
    [{ roots: null, issuer: "a" }, /`roots` must be a JWK Set/],
    [{ roots: { keys: [] }, issuer: null }, /`issuer` must be text/],
    [{ headers: 5 }, /`headers`/],
    [{ headers: { "a b": "c" } }, /`headers`/],
    [null, /`options` must be an object/],
    ["", /`options` must be an object/],
  ]) {
    assert.throws(() => remoteKeySet(url, options), { name: "TypeError", message });
  }
  assert.throws(() => remoteKeySet("http://issuer.example/jwks.json"), { name: "TypeError", message: /`https:`/ });
  assert.throws(() => remoteKeySet("file:///etc/keys"), { name: "TypeError" });
  assert.throws(() => remoteKeySet("no address"), { name: "TypeError" });
  remoteKeySet("http://issuer.example/jwks.json", { allowHttp: true });
  remoteKeySet("http://[::1]/jwks.json");
});

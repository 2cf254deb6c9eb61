// A key set that follows the place where it is published: over real HTTP, with a clock that each case moves.

import { Answers } from "./answers.mjs";
import { equal, ok, rejects, throws } from "./cases.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

export function remoteKeySets(test, { keystile, material, remote, server, signer, stranger }) {
  const { Validator } = keystile;
  const { KeySetFetchError, remoteKeySet } = remote;

  /** A remote key set whose clock stands where `clock.now` says, and a validator that follows it. */
  const following = async (answer, options = {}) => {
    const clock = { now: NOW };
    const answers = await new Answers(server).give(answer);
    const set = remoteKeySet(answers.url, { background: false, now: () => clock.now, ...options });
    const validator = new Validator(set, { issuer: ISSUER, audience: AUDIENCE, now: () => clock.now });
    return { answers, clock, set, validator };
  };
  const asked = async (answers) => (await answers.asked()).length;

  test("a remote key set is read when it is first asked for, and validators judge by it", async () => {
    const { answers, set, validator } = await following({ body: signer.jwks });
    const token = await signer.token();
    equal(await asked(answers), 0);
    equal(validator.check(token).code, "key_set_unavailable");
    await set.ready();
    equal(validator.check(token).ok, true);
    equal((await validator.validateAsync(token)).claims.iss, ISSUER);
    const { kids, isUsable, failures, age } = set.state();
    equal({ kids, isUsable, failures, age }, { kids: ["k1"], isUsable: true, failures: 0, age: 0 });
    equal(await asked(answers), 1);
  });

  test("many who wait for a remote key set cause one reading", async () => {
    const { answers, set, validator } = await following({ body: signer.jwks, delay: 50 });
    const token = await signer.token();
    const verdicts = await Promise.all([set.ready(), ...Array.from({ length: 5 }, () => validator.checkAsync(token))]);
    ok(verdicts.slice(1).every((verdict) => verdict.ok), "all are believed");
    equal(await asked(answers), 1);
  });

  test("a remote key set heeds Cache-Control, and asks with its ETag", async () => {
    const { answers, clock, set, validator } = await following({ body: signer.jwks, headers: { "cache-control": "max-age=100", etag: '"one"' } });
    const token = await signer.token();
    await set.ready();
    equal(set.state().nextRefresh, NOW + 100);
    clock.now = NOW + 99;
    equal(validator.check(await signer.token({ exp: NOW + 500 })).ok, true);
    equal(await asked(answers), 1);
    clock.now = NOW + 100;
    await set.refresh();
    const requests = await answers.asked();
    equal(requests.map((headers) => headers["if-none-match"]), [undefined, '"one"']);
    equal([set.state().age, set.state().kids], [0, ["k1"]]);
    equal(validator.check(token).code, "token_expired");
  });

  test("a kid that is not there yet is looked for once, and not again before the cooldown has passed", async () => {
    const { answers, clock, set, validator } = await following({ body: stranger.jwks }, { cooldown: 10 });
    const token = await signer.token();
    await set.ready();
    clock.now += 10;
    equal((await validator.checkAsync(token)).code, "kid_unknown");
    equal(await asked(answers), 2);
    equal((await validator.checkAsync(token)).code, "kid_unknown");
    equal(await asked(answers), 2);
    await answers.give({ body: signer.jwks });
    clock.now += 10;
    equal((await validator.checkAsync(token)).ok, true);
    equal(validator.check(await stranger.token()).code, "kid_unknown");
  });

  test("a reading that fails costs nothing until the last good set is too old", async () => {
    const { answers, clock, set, validator } = await following({ body: signer.jwks, headers: { "cache-control": "max-age=60" } }, { staleFor: 100, cooldown: 10 });
    const token = await signer.token({ exp: NOW + 1000 });
    await set.ready();
    await answers.give({ status: 503, body: "" });
    clock.now = NOW + 60;
    await rejects(set.refresh(), { name: "KeySetFetchError", code: "fetch_status" });
    equal([set.state().failures, validator.check(token).ok], [1, true]);
    clock.now = NOW + 61;
    validator.check(token);
    equal(await asked(answers), 1);
    clock.now = NOW + 160;
    equal(validator.check(token).code, "key_set_unavailable");
    await answers.give({ body: signer.jwks });
    clock.now = NOW + 200;
    equal((await validator.checkAsync(token)).ok, true);
    equal(set.state().failures, 0);
  });

  for (const [what, answer, code, options] of [
    ["has another status", { status: 404, body: "" }, "fetch_status"],
    ["leads elsewhere", { status: 302, headers: { location: "https://evil.example" }, body: "" }, "fetch_redirected"],
    ["is too long", { body: JSON.stringify({ keys: [], filler: "x".repeat(300_000) }) }, "fetch_too_large"],
    ["comes too late", { body: "{}", delay: 2000 }, "fetch_timed_out", { timeout: 0.1 }],
  ]) {
    test(`an answer that ${what} is an error with a code`, async () => {
      const { set, validator } = await following(answer, options);
      const error = await rejects(set.ready(), { name: "KeySetFetchError", code });
      ok(error instanceof KeySetFetchError && error instanceof Error, "an Error of our own class");
      equal(validator.check(await signer.token()).code, "key_set_unavailable");
    });
  }

  test("an answer that is no key set is an error of the key set", async () => {
    for (const body of ["{}", "no JSON", '{"keys":[]}', JSON.stringify(signer.privateJwk)]) {
      const { set } = await following({ body });
      await rejects(set.ready(), { name: "KeySetError" }, body.slice(0, 20));
    }
  });

  test("a signed key set is believed for its signature, and an older one refused", async () => {
    const { vector } = material.sequences.find(({ file }) => file === "operator-rollback.json");
    const [{ start }, { document: older }, { document: newer }, { token: ofOlder }] = vector.steps;
    const { answers, set } = await following({ body: newer }, { roots: start.roots, issuer: vector.issuer });
    const validator = new Validator(set, { issuer: vector.issuer, audience: null, now: () => NOW });
    await set.ready();
    equal([set.state().version, validator.check(ofOlder).code], [7, "kid_unknown"]);
    await answers.give({ body: older });
    await rejects(set.refresh(), { name: "KeySetError", code: "document_version_rollback" });
    await answers.give({ body: signer.jwks });
    await rejects(set.refresh(), { name: "KeySetError" });
    equal([set.state().version, set.state().failures], [7, 2]);
  });

  test("the last good set is kept in a storage, and begun with", async () => {
    const kept = [];
    const storage = { get: () => kept.at(-1), set: async (text) => void kept.push(text) };
    const { answers, set } = await following({ body: signer.jwks, headers: { "cache-control": "max-age=100" } }, { storage });
    await set.ready();
    equal(kept.length, 1);
    const options = { background: false, now: () => NOW + 50, storage };
    const next = remoteKeySet(answers.url, options);
    await next.ready();
    equal([next.state().kids, next.state().age, await asked(answers)], [["k1"], 50, 1]);
    kept.push(JSON.stringify({ ...JSON.parse(kept[0]), readAt: NOW + 1e6 }));
    const misled = remoteKeySet(answers.url, options);
    await misled.ready();
    equal([misled.state().age, await asked(answers)], [0, 2]);
  });

  test("a remote key set that is closed reads no more", async () => {
    const { answers, clock, set, validator } = await following({ body: signer.jwks });
    await set.ready();
    set.close();
    clock.now += 5;
    equal(validator.check(await signer.token()).ok, true);
    clock.now += 1_000_000;
    validator.check("");
    equal(await asked(answers), 1);
  });

  test("an address or option that cannot be right is a TypeError that says what to give", () => {
    throws(() => remoteKeySet("http://keys.example/"), { name: "TypeError", message: /https:/ });
    throws(() => remoteKeySet("https://keys.example/", { colldown: 5 }), { name: "TypeError", message: /`colldown`/ });
    throws(() => remoteKeySet("https://keys.example/", { roots: signer.jwks }), { name: "TypeError", message: /`issuer`/ });
    throws(() => remoteKeySet("https://keys.example/", { timeout: "5s" }), { name: "TypeError", message: /`timeout`/ });
  });
}

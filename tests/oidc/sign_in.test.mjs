// Sign-in with a real identity provider, over HTTP.

import assert from "node:assert/strict";
import { request } from "node:http";
import { json } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { freePort, startKeystile } from "./keystile.mjs";
import { startProvider } from "./real_provider.mjs";
import { Visitor } from "./visitor.mjs";

const world = {};

before(async () => {
  const [port, providerPort] = [await freePort(), await freePort()];
  const redirectUri = `http://127.0.0.1:${port}/v1/session/provider/callback`;
  world.startProvider = () => startProvider(providerPort, redirectUri);
  world.provider = await world.startProvider();
  world.keystile = await startKeystile(world.provider.issuer, port);
});

after(async () => {
  await world.keystile?.stop();
  await world.provider?.stop();
});

/** Somebody who has signed in at the provider and is about to come back. */
async function onTheWayBack(login = "grace") {
  const visitor = new Visitor();
  return { visitor, callback: await visitor.signInThere(await visitor.begin(world.keystile), login) };
}

const openSessions = async () => (await world.keystile.get("/v1/sessions")).sessions.length;

/** Comes back, and is refused by this code: nobody is signed in by it. */
async function refused(visitor, callback, code) {
  const before = await openSessions();
  assert.equal(await visitor.comeBack(callback), code);
  assert.equal(await visitor.who(world.keystile), null);
  assert.equal(await openSessions(), before);
}

test("whoever signs in at the provider is signed in here with the role of their group", async () => {
  const { visitor, callback } = await onTheWayBack();
  assert.equal(await visitor.comeBack(callback), null);
  assert.deepEqual(await visitor.who(world.keystile), { role: "operator", principal: "user:grace", label: "grace" });
  // What was kept for the way is gone, and the session's cookie is there.
  assert.deepEqual([...visitor.jar(world.keystile.url).keys()], ["keystile_session"]);
  const [grace] = world.keystile.run("user", "list").users;
  assert.deepEqual(grace.provider, { issuer: world.provider.issuer, subject: "grace" });
  const { entries } = await world.keystile.get("/v1/audit?limit=20");
  const entry = entries.find(({ action }) => action === "session.opened");
  assert.deepEqual([entry.actor, entry.from], ["user:grace", visitor.address]);
  assert.deepEqual(entry.after, { with: "provider", issuer: world.provider.issuer, subject: "grace", role_held_back: null });
});

test("the request is the authorization code flow with PKCE, and names no host but the configured one", async () => {
  const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "x-keystile-csrf": "1" };
  const answer = await new Promise((resolve, reject) =>
    request(`${world.keystile.url}/v1/session/provider`, { method: "POST", headers }, resolve).once("error", reject).end());
  const { searchParams: asked } = new URL((await json(answer)).location);
  const { state, nonce, code_challenge: challenge, ...rest } = Object.fromEntries(asked);
  assert.deepEqual(rest, {
    response_type: "code",
    client_id: "keystile console",
    redirect_uri: `${world.keystile.url}/v1/session/provider/callback`,
    scope: "openid profile",
    code_challenge_method: "S256",
  });
  for (const value of [state, nonce, challenge]) assert.match(value, /^[\w-]{43}$/);
  assert.equal(new Set([state, nonce, challenge]).size, 3);
});

test("the cookie of an attempt is out of reach of scripts, and comes along from another site's link alone", async () => {
  const headers = { "x-keystile-csrf": "1", "sec-fetch-site": "same-origin" };
  const answer = await fetch(`${world.keystile.url}/v1/session/provider`, { method: "POST", headers });
  assert.match(answer.headers.get("set-cookie"), /^keystile_sign_in=\d+\.[\w-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=600$/);
});

test("no other page begins a sign-in", async () => {
  for (const headers of [{}, { "sec-fetch-site": "cross-site", "x-keystile-csrf": "1" }, { origin: "https://evil.example", "x-keystile-csrf": "1" }]) {
    const answer = await fetch(`${world.keystile.url}/v1/session/provider`, { method: "POST", headers });
    assert.equal((await answer.json()).code, "csrf_refused");
  }
});

test("an answer with another state, or with none, is refused", async () => {
  for (const state of ["x".repeat(43), "", null]) {
    const { visitor, callback } = await onTheWayBack();
    if (state === null) callback.searchParams.delete("state");
    else callback.searchParams.set("state", state);
    await refused(visitor, callback, "sign_in_other_browser");
  }
});

test("an answer in another browser is refused, also in one that has begun a sign-in of its own", async () => {
  const { callback } = await onTheWayBack();
  const other = new Visitor();
  await refused(other, callback, "sign_in_other_browser");
  await other.begin(world.keystile);
  await refused(other, callback, "sign_in_other_browser");
});

test("a code of another sign-in is refused: PKCE binds it to the browser that has begun", async () => {
  const [first, second] = [await onTheWayBack(), await onTheWayBack()];
  second.callback.searchParams.set("code", first.callback.searchParams.get("code"));
  await refused(second.visitor, second.callback, "provider_answer_refused");
});

test("an answer leads to one session, also when the browser kept everything", async () => {
  const { visitor, callback } = await onTheWayBack();
  const kept = [...visitor.jar(world.keystile.url)];
  assert.equal(await visitor.comeBack(callback), null);
  const again = new Visitor();
  for (const [name, value] of kept) again.jar(world.keystile.url).set(name, value);
  await refused(again, callback, "provider_answer_refused");
});

test("of two who come back at once with one code, one is let in", async () => {
  const { visitor, callback } = await onTheWayBack();
  const twin = new Visitor();
  for (const [name, value] of visitor.jar(world.keystile.url)) twin.jar(world.keystile.url).set(name, value);
  const codes = await Promise.all([visitor.comeBack(callback), twin.comeBack(callback)]);
  assert.equal(codes.filter((code) => code === null).length, 1, String(codes));
  // The provider knows the code no more, or this server the attempt: whichever is sooner.
  assert.ok(codes.some((code) => ["provider_answer_refused", "sign_in_spent"].includes(code)), String(codes));
});

test("an answer that names another provider, or none, is refused (RFC 9207)", async () => {
  for (const iss of ["https://evil.example", `${world.provider.issuer}/`, "", null]) {
    const { visitor, callback } = await onTheWayBack();
    if (iss === null) callback.searchParams.delete("iss");
    else callback.searchParams.set("iss", iss);
    await refused(visitor, callback, "provider_answer_refused");
  }
});

test("a parameter that comes twice is refused", async () => {
  const { visitor, callback } = await onTheWayBack();
  callback.searchParams.append("code", "another");
  await refused(visitor, callback, "provider_answer_refused");
});

test("whoever turns back at the provider is told so, and nothing of what the provider says is repeated", async () => {
  const { visitor, callback } = await onTheWayBack("turns-back");
  assert.equal(callback.searchParams.get("error"), "access_denied");
  callback.searchParams.set("error_description", "<script>alert(1)</script>");
  await refused(visitor, callback, "provider_refused");
});

test("without a group that has a role nobody gets in, and nobody is made a user", async () => {
  const { visitor, callback } = await onTheWayBack("someone@else.example");
  await refused(visitor, callback, "no_role");
  assert.ok(world.keystile.run("user", "list").users.every(({ name }) => name !== "someone"));
});

test("whoever is shut out here stays out, and comes in again once they are let in", async () => {
  const come = async () => {
    const { visitor, callback } = await onTheWayBack("victor");
    return { visitor, callback };
  };
  const first = await come();
  assert.equal(await first.visitor.comeBack(first.callback), null);
  assert.equal((await first.visitor.who(world.keystile)).role, "viewer");
  assert.equal((await world.keystile.post("/v1/users/victor/disable")).status, 200);
  assert.equal(await first.visitor.who(world.keystile), null);
  const second = await come();
  await refused(second.visitor, second.callback, "shut_out");
  assert.equal((await world.keystile.post("/v1/users/victor/invite")).status, 400);
  assert.equal((await world.keystile.post("/v1/users/victor/enable")).status, 200);
  const third = await come();
  assert.equal(await third.visitor.comeBack(third.callback), null);
});

test("whoever brings wrong answers is slowed down, and nobody else is", async () => {
  const guesser = new Visitor();
  const wrong = new URL(`${world.keystile.url}/v1/session/provider/callback?code=c&state=s`);
  const codes = [];
  for (let guess = 0; guess < 12; guess += 1) codes.push(await guesser.comeBack(wrong));
  assert.equal(codes[0], "sign_in_other_browser");
  assert.equal(codes.at(-1), "too_many_guesses");
  const { visitor, callback } = await onTheWayBack();
  assert.equal(await visitor.comeBack(callback), null);
});

test("after the provider has turned its keys, the new ones are found", async () => {
  await world.provider.stop();
  world.provider = await world.startProvider();
  // An unknown key makes the server look again ten seconds after it has looked last, at the earliest.
  const codes = [];
  for (let attempt = 0; attempt < 15 && codes.at(-1) !== null; attempt += 1) {
    const { visitor, callback } = await onTheWayBack();
    codes.push(await visitor.comeBack(callback));
    if (codes.at(-1) !== null) await sleep(1_000);
  }
  assert.equal(codes.at(-1), null);
  assert.ok(codes.slice(0, -1).every((code) => code === "provider_answer_refused"), String(codes));
});

test("while the provider is away, sign-in there says so and everything else goes on", async () => {
  const { visitor, callback } = await onTheWayBack();
  await world.provider.stop();
  await refused(visitor, callback, "provider_unavailable");
  const { verdict, found } = await world.keystile.examined();
  assert.deepEqual([verdict, found.includes(world.provider.issuer)], ["problem", true]);
  const signIn = await world.keystile.post("/v1/session", { token: world.keystile.token });
  assert.equal(signIn.status, 200);
  world.provider = await world.startProvider();
  const { verdict: mended, found: words } = await world.keystile.examined();
  assert.deepEqual([mended, words], ["fine", `Example Inc. at ${world.provider.issuer} answers, with 1 keys for RS256`]);
});

// The adapters in the frameworks that they are for, over HTTP: the same requests, and the same answers.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { createRequire } from "node:module";
import { describe, test } from "node:test";

import * as expressDoor from "../dist/express.mjs";
import * as fastifyDoor from "../dist/fastify.mjs";
import * as fetchDoor from "../dist/fetch.mjs";
import * as honoDoor from "../dist/hono.mjs";
import { KeySet, Validator } from "../dist/node.mjs";
import { NOW, makeKey, makeToken } from "./signing.mjs";

const require = createRequire(import.meta.url);
const key = makeKey("k1");
const validator = new Validator(KeySet.fromJwks({ keys: [key.jwk] }), { issuer: "https://issuer.example", audience: "api", now: () => NOW });
const options = { realm: "orders", cookie: "session", scope: "orders:read orders:write" };
const good = makeToken(key, { sub: "user-1", scope: "orders:read openid orders:write" });
const poor = makeToken(key, { scope: "orders:read" });
const expired = makeToken(key, { exp: NOW - 60 });

/** `[title, headers, status, challenge, code]` */
const requests = [
  ["a believed token", { authorization: `Bearer ${good}` }, 200],
  ["a scheme in other letters", { authorization: `bEaReR   ${good}` }, 200],
  ["a token in the cookie", { cookie: `theme=dark; session=${good}` }, 200],
  ["scopes in a list", { authorization: `Bearer ${makeToken(key, { sub: "user-1", scp: ["orders:write", "orders:read"] })}` }, 200],
  ["no token", {}, 401, 'Bearer realm="orders"', "token_absent"],
  ["another scheme", { authorization: "Basic YTpi" }, 401, 'Bearer realm="orders"', "token_absent"],
  ["a cookie of a similar name", { cookie: `mysession=${good}` }, 401, 'Bearer realm="orders"', "token_absent"],
  ["two tokens", { authorization: `Bearer ${good}`, cookie: `session=${good}` }, 400, /^Bearer realm="orders", error="invalid_request", error_description="/, "token_ambiguous"],
  ["two cookies", { cookie: `session=${good}; session=${expired}` }, 400, /error="invalid_request"/, "token_ambiguous"],
  ["a token twice in one header", { authorization: `Bearer ${good}, Bearer ${good}` }, 400, /error="invalid_request"/, "token_ambiguous"],
  ["a token behind a tab", { authorization: `Bearer\t${good}`, cookie: `session=${good}` }, 400, /error="invalid_request"/, "token_ambiguous"],
  ["a token that no space parts from its scheme", { authorization: `Bearer\u00a0${good}` }, 401, /error="invalid_token"/, "base64url_invalid"],
  ["a token behind other credentials in one header", { authorization: `Basic YTpi, Bearer ${good}`, cookie: `session=${good}` }, 400, /error="invalid_request"/, "token_ambiguous"],
  ["credentials with commas that are no token", { authorization: 'Digest a="1", b="2"' }, 401, 'Bearer realm="orders"', "token_absent"],
  ["an expired token", { authorization: `Bearer ${expired}` }, 401, 'Bearer realm="orders", error="invalid_token", error_description="the token has expired (claim `exp`); get a new token"', "token_expired"],
  ["an empty token", { authorization: "Bearer" }, 401, /error="invalid_token"/, "token_malformed"],
  ["a token with too little scope", { authorization: `Bearer ${poor}` }, 403, /^Bearer realm="orders", error="insufficient_scope", error_description="[^"]*", scope="orders:read orders:write"$/, "insufficient_scope"],
  ["a token whose scope is no text", { authorization: `Bearer ${makeToken(key, { scope: { "orders:read": true } })}` }, 403, /error="insufficient_scope"/, "insufficient_scope"],
];

/** Serves with Node until the test is over, and says where. */
async function listen(context, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

const doors = {
  async express(context, judge) {
    const app = require("express")();
    app.use(expressDoor.requireToken(judge, options));
    app.get("/", (request, response) => response.json(request.auth));
    return listen(context, app);
  },
  async "connect's convention"(context, judge) {
    const middleware = expressDoor.requireToken(judge, options);
    return listen(context, (request, response) => middleware(request, response, () => response.end(JSON.stringify(request.auth))));
  },
  async fastify(context, judge) {
    const app = require("fastify")();
    context.after(() => app.close());
    app.get("/", { onRequest: fastifyDoor.requireToken(judge, options) }, async (request) => request.auth);
    return app.listen({ port: 0, host: "127.0.0.1" });
  },
  async "fastify, for every route"(context, judge) {
    const app = require("fastify")();
    context.after(() => app.close());
    app.addHook("onRequest", fastifyDoor.requireToken(judge, options));
    app.get("/", async (request) => request.auth);
    return app.listen({ port: 0, host: "127.0.0.1" });
  },
  async hono(_, judge) {
    const app = new (require("hono").Hono)();
    app.use(honoDoor.requireToken(judge, options));
    app.get("/", (context) => {
      assert.equal(context.get("jwtPayload"), context.get("auth").claims);
      return context.json(context.get("auth"));
    });
    return (headers) => app.request("http://host/", { headers });
  },
  async fetch(_, judge) {
    const handler = fetchDoor.withToken(judge, options, (request, auth, environment) => Response.json({ ...auth, environment }));
    return async (headers) => handler(new Request("http://host/", { headers }), undefined);
  },
  async "fetch, by hand"(_, judge) {
    const guard = fetchDoor.requireToken(judge, options);
    return async (headers) => {
      const auth = await guard(new Request("http://host/", { headers }));
      return auth instanceof Response ? auth : Response.json(auth);
    };
  },
};

for (const [name, open] of Object.entries(doors)) {
  describe(name, () => {
    const ask = async (context, judge, headers) => {
      const door = await open(context, judge);
      return typeof door === "string" ? fetch(door, { headers }) : door(headers);
    };

    for (const [title, headers, status, challenge = null, code] of requests) {
      test(`answers ${title} with ${status}`, async (context) => {
        const response = await ask(context, validator, headers);
        const text = await response.text();
        const said = response.headers.get("www-authenticate");
        assert.equal(response.status, status, text);
        if (challenge instanceof RegExp) assert.match(said, challenge);
        else assert.equal(said, challenge);
        if (status === 200) return assert.equal(JSON.parse(text).claims.sub, "user-1");
        assert.match(response.headers.get("content-type"), /^application\/problem\+json(;|$)/);
        assert.equal(response.headers.get("cache-control"), "no-store");
        const problem = JSON.parse(text);
        assert.deepEqual([problem.code, problem.status, problem.type], [code, status, `https://keystile.dev/errors/${code}`]);
        for (const secret of [good, expired, poor].flatMap((token) => token.split("."))) {
          assert.ok(!text.includes(secret) && !said.includes(secret), "nothing of a token is repeated");
        }
      });
    }

    test("says of itself that it cannot judge, rather than of the token that it is bad", async (context) => {
      const without = { current: () => undefined, settled: async () => {}, reread: async () => false };
      const response = await ask(context, new Validator(without, { issuer: null, audience: null }), { authorization: `Bearer ${good}` });
      assert.deepEqual([response.status, response.headers.get("retry-after"), response.headers.get("www-authenticate")], [503, "5", null]);
      assert.equal((await response.json()).code, "key_set_unavailable");
    });
  });
}

describe("in Node, which shows the first of several headers alone", () => {
  for (const name of ["express", "connect's convention", "fastify"]) {
    test(`${name} sees both`, async (context) => {
      const request = get(await doors[name](context, validator), { headers: { authorization: [`Bearer ${good}`, `Bearer ${expired}`] } });
      const [response] = await once(request, "response");
      assert.equal(response.resume().statusCode, 400);
    });
  }
});

describe("whatever the framework", () => {
  test("a request that somebody else has answered in the meantime is not answered again", async () => {
    const setHeader = () => assert.fail("the headers are sent");
    const next = () => assert.fail("there is no token");
    expressDoor.requireToken(validator)({ headers: {} }, { headersSent: true, setHeader }, next);
    // What is rejected in between would end the process.
    await new Promise(setImmediate);
  });

  test("a failure of the validator's own reaches the framework's handler of errors", async () => {
    const broken = { checkAsync: async () => { throw new TypeError("the clock counts milliseconds"); } };
    const error = await new Promise((next) => expressDoor.requireToken(broken)({ headers: { authorization: "Bearer x" } }, {}, next));
    assert.equal(error.name, "TypeError");
    await assert.rejects(fetchDoor.requireToken(broken)(new Request("http://host/", { headers: { authorization: "Bearer x" } })), TypeError);
  });

  test("the cookie counts only where it is named", async () => {
    const guard = fetchDoor.requireToken(validator);
    const response = await guard(new Request("http://host/", { headers: { cookie: `session=${good}` } }));
    assert.equal(response.headers.get("www-authenticate"), 'Bearer realm="api"');
  });

  test("an option that is wrong is said at once", () => {
    for (const wrong of [{ scopes: "a" }, { scope: 'a"b' }, { scope: [5] }, { realm: 'a"b' }, { realm: "a\r\nb" }, { cookie: 5 }, null, 5]) {
      for (const { requireToken } of [expressDoor, fastifyDoor, fetchDoor, honoDoor]) assert.throws(() => requireToken(validator, wrong), TypeError);
    }
    for (const value of [undefined, {}, "validator"]) assert.throws(() => fetchDoor.requireToken(value), { name: "TypeError", message: /`Validator`/ });
    assert.throws(() => fetchDoor.withToken(validator), TypeError);
  });
});

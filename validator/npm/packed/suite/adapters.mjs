// The doors for frameworks that have `Request` and `Response`: each refusal is what RFC 6750 has for it.

import { Hono } from "hono";

import { equal, ok, throws } from "./cases.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

/** What every adapter must answer: [case, options, request headers, status, challenge or what the handler was given]. */
export async function requests(signer) {
  const good = await signer.token({ sub: "ann", scope: "read" });
  const expired = await signer.token({ exp: NOW - 31 });
  const bearer = (token) => ({ authorization: `Bearer ${token}` });
  return [
    ["a good token goes on", {}, bearer(good), 200, "ann"],
    ["the scheme is found in any case", {}, { authorization: `bEARER ${good}` }, 200, "ann"],
    ["a token in a cookie goes on where it is named", { cookie: "session" }, { cookie: `other=1; session=${good}` }, 200, "ann"],
    ["a token with the scope goes on", { scope: "read" }, bearer(good), 200, "ann"],
    ["no token is answered 401, without an error", {}, {}, 401, /^Bearer realm="api"$/],
    ["another scheme is answered like no token", { realm: "r" }, { authorization: "Basic YTpi" }, 401, /^Bearer realm="r"$/],
    ["a token in a cookie is not looked for elsewhere", {}, { cookie: `session=${good}` }, 401, /^Bearer realm="api"$/],
    ["an expired token is answered 401", {}, bearer(expired), 401, /error="invalid_token", error_description="the token has expired/],
    ["what is no token is answered 401", {}, bearer("x"), 401, /error="invalid_token"/],
    ["two tokens are answered 400", { cookie: "session" }, { ...bearer(good), cookie: `session=${good}` }, 400, /error="invalid_request"/],
    ["a token without the scope is answered 403", { scope: "write" }, bearer(good), 403, /error="insufficient_scope".*scope="write"/],
  ];
}

/** Holds one answer, a `Response`, to what it must be. */
export async function holdAnswer(response, token, status, wanted) {
  equal(response.status, status);
  const body = await response.text();
  if (status === 200) return equal(body, wanted);
  ok(wanted.test(response.headers.get("www-authenticate")), `${response.headers.get("www-authenticate")} is ${wanted}`);
  // A framework may say beside it that JSON is UTF-8.
  const [type] = response.headers.get("content-type").split(";");
  equal([type, response.headers.get("cache-control"), JSON.parse(body).status], ["application/problem+json", "no-store", status]);
  ok(!token || !body.includes(token), "nothing of the token is repeated");
}

export function adapters(test, { keystile, fetchAdapter, honoAdapter, signer }) {
  const validator = new keystile.Validator(keystile.KeySet.fromJwks(signer.jwks), { issuer: ISSUER, audience: AUDIENCE, now: () => NOW });
  const url = "https://service.example/";

  const doors = {
    fetch: (options) => fetchAdapter.withToken(validator, options, (request, { claims }) => new Response(claims.sub)),
    hono: (options) => {
      const app = new Hono();
      app.use(honoAdapter.requireToken(validator, options));
      app.get("/", (context) => context.text(context.get("auth").claims.sub));
      return (request) => app.request(request);
    },
  };
  for (const [name, open] of Object.entries(doors)) {
    test(`the adapter ${name} answers each request as it must`, async () => {
      for (const [what, options, headers, status, wanted] of await requests(signer)) {
        // A page may not set a cookie by itself, so that there the header is given by hand.
        const request = new Request(url);
        const given = new Headers(headers);
        Object.defineProperty(request, "headers", { value: given });
        try {
          await holdAnswer(await open(options)(request), headers.authorization?.slice(7), status, wanted);
        } catch (error) {
          throw new Error(`${what}: ${error.message}`);
        }
      }
    });
  }

  test("an adapter whose options cannot be right is a TypeError at once", () => {
    throws(() => fetchAdapter.requireToken({}), { name: "TypeError", message: /`Validator`/ });
    throws(() => fetchAdapter.requireToken(validator, { relm: "x" }), { name: "TypeError", message: /`relm`/ });
    throws(() => fetchAdapter.requireToken(validator, { realm: 'a"b' }), { name: "TypeError", message: /`realm`/ });
    throws(() => honoAdapter.requireToken(validator, { scope: [5] }), { name: "TypeError", message: /`scope`/ });
  });
}

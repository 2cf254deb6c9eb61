import { expectTypeOf } from "expect-type";
import { KeySet, Validator } from "@keystile/validator";
import type { Claims, Validated } from "@keystile/validator";
import { requireToken as express } from "@keystile/validator/express";
import type { WithAuth } from "@keystile/validator/express";
import { requireToken as fastify } from "@keystile/validator/fastify";
import { requireToken, withToken } from "@keystile/validator/fetch";
import { requireToken as hono } from "@keystile/validator/hono";
import type { AuthVariables } from "@keystile/validator/hono";

const validator = new Validator(KeySet.fromPem(""), { issuer: null, audience: null });

const handler = withToken(validator, { scope: "read" }, (request, auth) => {
  expectTypeOf(request).toEqualTypeOf<Request>();
  expectTypeOf(auth.claims).toEqualTypeOf<Claims>();
  return new Response(auth.claims.sub);
});
expectTypeOf(handler).returns.resolves.toEqualTypeOf<Response>();
expectTypeOf(requireToken(validator)).returns.resolves.toEqualTypeOf<Validated<Claims> | Response>();
expectTypeOf<AuthVariables["auth"]>().toEqualTypeOf<Validated<Claims>>();
expectTypeOf<WithAuth<{ url: string }>["auth"]>().toEqualTypeOf<Validated<Claims>>();
for (const door of [express, fastify, hono]) door(validator, { scope: ["read", "write"], cookie: "session", realm: "api" });

// @ts-expect-error an adapter judges by a validator, not by a key set
express(KeySet.fromPem(""));
// @ts-expect-error there is no such option
fastify(validator, { scopes: "read" });
// @ts-expect-error a handler answers with a `Response`
withToken(validator, {}, () => "fine");
// @ts-expect-error a handler is not optional
withToken(validator, {});
// @ts-expect-error a scope is text
hono(validator, { scope: 5 });

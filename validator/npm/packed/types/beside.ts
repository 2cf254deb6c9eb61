// Programs that use the package with frameworks that bring types of their own, and the one that was written for jose.

import { KeySet, Validator } from "@keystile/validator";
import { requireToken as fastifyToken } from "@keystile/validator/fastify";
import { requireToken } from "@keystile/validator/hono";
import type { AuthVariables } from "@keystile/validator/hono";
import fastify from "fastify";
import { Hono } from "hono";

import "./migration.js";

const validator = new Validator(KeySet.fromPem(""), { issuer: null, audience: null });

const app = new Hono<{ Variables: AuthVariables }>();
app.use("/api/*", requireToken(validator, { scope: "read" }));
app.get("/api/me", (context) => {
  const { claims } = context.get("auth");
  // @ts-expect-error nothing is known of a claim that is not registered
  const tenant: string = claims["tenant"];
  return context.json({ sub: claims.sub, tenant });
});

fastify().get("/api/me", { onRequest: fastifyToken(validator) }, async () => "me");

// The doors for frameworks that listen themselves, Express and Fastify, where they run: in processes.

import express from "express";
import { fastify } from "fastify";

import { holdAnswer, requests } from "./adapters.mjs";
import { AUDIENCE, ISSUER, NOW } from "./signer.mjs";

export function servers(test, { keystile, expressAdapter, fastifyAdapter, signer }) {
  const validator = new keystile.Validator(keystile.KeySet.fromJwks(signer.jwks), { issuer: ISSUER, audience: AUDIENCE, now: () => NOW });

  const doors = {
    async express(options) {
      const app = express();
      app.use(expressAdapter.requireToken(validator, options));
      app.get("/", (request, response) => response.send(request.auth.claims.sub));
      const server = await new Promise((resolve) => {
        const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
      });
      return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
    },
    async fastify(options) {
      const app = fastify();
      app.addHook("onRequest", fastifyAdapter.requireToken(validator, options));
      app.get("/", async (request) => request.auth.claims.sub);
      return { url: `${await app.listen({ port: 0, host: "127.0.0.1" })}/`, close: () => app.close() };
    },
  };
  for (const [name, open] of Object.entries(doors)) {
    test(`the adapter ${name} answers each request as it must`, async () => {
      for (const [what, options, headers, status, wanted] of await requests(signer)) {
        const { url, close } = await open(options);
        try {
          await holdAnswer(await fetch(url, { headers: { ...headers, connection: "close" } }), headers.authorization?.slice(7), status, wanted);
        } catch (error) {
          throw new Error(`${what}: ${error.message}`);
        } finally {
          await close();
        }
      }
    });
  }
}

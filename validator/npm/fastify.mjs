// A hook for Fastify, for one route (`{ onRequest: requireToken(validator) }`) or for all (`addHook("onRequest", ...)`). A
// believed token is found at `request.auth`.

import { authorizationOf, bearer } from "./bearer.mjs";

export function requireToken(validator, options) {
  const judge = bearer(validator, options);
  return async (request, reply) => {
    const { auth, answer } = await judge(authorizationOf(request.raw), request.headers.cookie);
    if (!auth) return reply.code(answer.status).headers(answer.headers).send(answer.body);
    request.auth = auth;
  };
}

// A middleware for Hono. A believed token is found at `c.get("auth")`, and its claims also where Hono's own middleware for
// JWTs leaves them, at `c.get("jwtPayload")`.

import { bearer } from "./bearer.mjs";

export function requireToken(validator, options) {
  const judge = bearer(validator, options);
  return async (context, next) => {
    const { auth, answer } = await judge(context.req.header("authorization"), context.req.header("cookie"));
    if (!auth) return context.newResponse(answer.body, answer.status, answer.headers);
    context.set("auth", auth);
    context.set("jwtPayload", auth.claims);
    await next();
  };
}

// For whatever answers a `Request` with a `Response`: Workers, Deno, Bun, Next and the like.

import { bearer } from "./bearer.mjs";

/** Judges a request: its token's `{ header, claims }`, or the `Response` that refuses it. */
export function requireToken(validator, options) {
  const judge = bearer(validator, options);
  return async ({ headers }) => {
    const { auth, answer } = await judge(headers.get("authorization"), headers.get("cookie"));
    return auth ?? new Response(answer.body, answer);
  };
}

/** A handler that is called only with a believed token: `handler(request, { header, claims }, ...rest)`. */
export function withToken(validator, options, handler) {
  const judge = requireToken(validator, options);
  if (typeof handler !== "function") throw new TypeError("the third argument must be a function that takes a request and its token");
  return async (request, ...rest) => {
    const auth = await judge(request);
    return auth instanceof Response ? auth : handler(request, auth, ...rest);
  };
}

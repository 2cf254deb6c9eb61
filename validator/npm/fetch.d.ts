import type { Auth, RequireTokenOptions, TokenJudge } from "./bearer.js";
import type { Claims } from "./index.js";

export type { Auth, RequireTokenOptions } from "./bearer.js";

/** Judges a request: the `{ header, claims }` of its token, or the `Response` that refuses it. */
export function requireToken<C = Claims>(
  validator: TokenJudge,
  options?: RequireTokenOptions,
): (request: Pick<Request, "headers">) => Promise<Auth<C> | Response>;

/** A handler that is called only with a believed token, which comes after the request. */
export function withToken<C = Claims, R extends Pick<Request, "headers"> = Request, Rest extends unknown[] = any[]>(
  validator: TokenJudge,
  options: RequireTokenOptions | undefined,
  handler: (request: R, auth: Auth<C>, ...rest: Rest) => Response | Promise<Response>,
): (request: R, ...rest: Rest) => Promise<Response>;

import type { Auth, RequireTokenOptions, TokenJudge } from "./bearer.js";
import type { Claims } from "./index.js";

export type { Auth, RequireTokenOptions } from "./bearer.js";

/** What handlers find: `new Hono<{ Variables: AuthVariables }>()`. */
export interface AuthVariables<C = Claims> {
  auth: Auth<C>;
  jwtPayload: C;
}

/** A middleware for Hono that lets only requests with a believed token through. */
export function requireToken(
  validator: TokenJudge,
  options?: RequireTokenOptions,
): (context: any, next: () => Promise<void>) => Promise<Response | void>;

import type { Auth, RequireTokenOptions, TokenJudge } from "./bearer.js";
import type { Claims } from "./index.js";

export type { Auth, RequireTokenOptions } from "./bearer.js";

/** A request that has been let through. */
export type WithAuth<R, C = Claims> = R & { auth: Auth<C> };

/** What of Node's response the middleware needs. */
interface ServerResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** A middleware for Express and Connect that lets only requests with a believed token through, with `request.auth`. */
export function requireToken(
  validator: TokenJudge,
  options?: RequireTokenOptions,
): (request: { headers: { authorization?: string | undefined; cookie?: string | undefined } }, response: ServerResponse, next: (error?: any) => void) => void;

export {};

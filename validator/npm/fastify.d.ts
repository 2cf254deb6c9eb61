import type { Auth, RequireTokenOptions, TokenJudge } from "./bearer.js";
import type { Claims } from "./index.js";

export type { Auth, RequireTokenOptions } from "./bearer.js";

/** A request that has been let through. */
export type WithAuth<R, C = Claims> = R & { auth: Auth<C> };

/** What of Fastify's reply the hook needs. */
interface Reply {
  code(status: number): Reply;
  headers(headers: Record<string, string>): Reply;
  send(body: string): Reply;
}

/** An `onRequest` hook for Fastify that lets only requests with a believed token through, with `request.auth`. */
export function requireToken(
  validator: TokenJudge,
  options?: RequireTokenOptions,
): (request: { headers: { authorization?: string | undefined; cookie?: string | undefined } }, reply: any) => Promise<any>;

export {};

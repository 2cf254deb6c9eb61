import type { Claims, Validated, Validator } from "./index.js";

export interface RequireTokenOptions {
  /** A scope that the token must have, several with spaces between them, or a list. Without it: 403. */
  scope?: string | string[];
  /** The name of the cookie that may carry the token, too. A request with two tokens is refused. */
  cookie?: string;
  /** What the challenge calls the protected space: `api` unless set. */
  realm?: string;
}

/** What of a `Validator` an adapter needs. */
export type TokenJudge = Pick<Validator, "checkAsync">;

/** A believed token, as handlers find it. */
export type Auth<C = Claims> = Validated<C>;
